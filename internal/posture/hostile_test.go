package posture_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/dockerfile"
)

// TestHostileDockerfiles holds that the checks end, with findings or an error, whatever
// a Dockerfile repeats.
func TestHostileDockerfiles(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	e := checks(t)
	for name, text := range map[string]string{
		"pipes":  strings.Repeat("RUN curl x | sh\n", 1900),
		"pairs":  "ENV " + strings.Repeat("a=$b ", 10_000) + "\n",
		"ports":  "EXPOSE " + strings.Repeat("22 ", 20_000) + "\n",
		"mounts": "RUN --mount=" + strings.Repeat("type=cache,target=/x,", 2_500) + " apk add x\n",
	} {
		d, err := dockerfile.Read("d", []byte(text), dockerfile.Ignore{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		start := time.Now()
		found, err := e.Evaluate(context.Background(), posture.Input{Kind: posture.Dockerfile, File: "d", Document: d})
		took := time.Since(start)
		t.Logf("%s: %d findings in %v, %v", name, len(found), took.Round(time.Millisecond), err)
		if took > 3*time.Minute || err == nil && len(found) == 0 {
			t.Errorf("%s: %d findings in %v", name, len(found), took)
		}
	}
}
