package main

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/config"
)

func TestSecretsLeaveTheEnvironment(t *testing.T) {
	environ := []string{
		"PATH=/bin", "DATABASE_URL=postgres://x", "DB_PASSWORD=y", "PGPASSWORD=z", "aws_secret_access_key=w", "GITHUB_TOKEN=v", "EMPTY_TOKEN=",
		"API_KEY_FILE=/run/secrets/k", "CREDENTIALS_DIRECTORY=/run/credentials", "SSH_AUTH_SOCK=/x", "NOTIFY_SOCKET=/run/n", "MONKEY=1",
	}
	got := scrub(environ, func(string) error { return nil })
	if diff := cmp.Diff([]string{"DATABASE_URL", "DB_PASSWORD", "GITHUB_TOKEN", "PGPASSWORD", "aws_secret_access_key"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheEntryIsLookedAt(t *testing.T) {
	t.Setenv("SOME_PASSWORD", "hunter2-hunter2")
	var said bytes.Buffer
	c := config.Default()
	c.Data = t.TempDir()
	if err := os.Chmod(c.Data, 0o755); err != nil {
		t.Fatal(err)
	}
	checkEntry(t.Context(), c, slog.New(slog.NewTextHandler(&said, nil)))
	text := said.String()
	if os.Getenv("SOME_PASSWORD") != "" || strings.Contains(text, "hunter2") || !strings.Contains(text, "SOME_PASSWORD") || !strings.Contains(text, "chmod 700") {
		t.Error(text)
	}
	if asRoot := os.Geteuid() == 0; strings.Contains(text, "runs as root") != asRoot {
		t.Error(text)
	}
}
