package posture_test

import (
	"context"
	"io/fs"
	"testing"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/dockerfile"
)

const ordinary = `# syntax=docker/dockerfile:1
ARG VERSION=1.22
FROM golang:${VERSION}-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/app ./cmd/app

FROM debian:bookworm-slim
ENV LANG=C.UTF-8 APP_HOME=/app
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 app
WORKDIR $APP_HOME
COPY --from=build /out/app ./
EXPOSE 8080
HEALTHCHECK CMD ["curl", "-f", "http://localhost:8080/health"]
USER app
ENTRYPOINT ["./app"]
`

func checks(tb testing.TB) *posture.Engine {
	tb.Helper()
	files, err := fs.Sub(content.FS(), "policies")
	if err != nil {
		tb.Fatal(err)
	}
	e, err := posture.New(files, posture.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// BenchmarkDockerfile is one Dockerfile from its text to its findings. A thousand take
// so many seconds as one takes milliseconds, on one processor.
func BenchmarkDockerfile(b *testing.B) {
	e := checks(b)
	for b.Loop() {
		d, err := dockerfile.Read("Dockerfile", []byte(ordinary), dockerfile.Ignore{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.Evaluate(context.Background(), posture.Input{Kind: posture.Dockerfile, File: "Dockerfile", Document: d}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompile is what a run costs before it looks at anything.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		checks(b)
	}
}
