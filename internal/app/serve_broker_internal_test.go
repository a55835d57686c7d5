package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/sasumata/sasumata/internal/config"
)

// TestServeTakesMessages detects in what comes by Kafka, restarts in the middle of it, and
// tells when nothing comes any more.
func TestServeTakesMessages(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "logs"), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "me", "secret"), kfake.Superuser("PLAIN", "me", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	dir, address := t.TempDir(), cluster.ListenAddrs()[0]
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("c.yaml", []byte("data: "+filepath.Join(dir, "data")+"\nkafka: [{brokers: '"+address+"', topics: logs, service: sshd, tags: team:a, sasl: {mechanism: scram-sha-512, user: me, password_file: "+secret+"}}]"))
	if err != nil {
		t.Fatal(err)
	}
	options := func() ServeOptions {
		opts := serveOptions(dir)
		opts.Config.Files, opts.Config.Kafka, opts.Config.SilentAfter = []config.File{}, c.Kafka, time.Second
		return opts
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.DefaultProduceTopic("logs"), kgo.SASL(plain.Auth{User: "me", Pass: "secret"}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	lines := strings.Split(strings.TrimSpace(failures(0, 2)), "\n")
	send := func(lines []string) {
		t.Helper()
		for _, line := range lines {
			if err := producer.ProduceSync(t.Context(), kgo.StringRecord(line)).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(lines[:8])
	s, stop := serving(t, options())
	s.until(t, 8)
	stop()
	send(lines[8:])
	s, stop = serving(t, options())
	s.until(t, int64(len(lines)))
	name := `{source="kafka ` + address + ` logs",kind="kafka"}`
	eventually(t, "silence in the metrics", func() bool {
		_, metrics := get(t, s, "/metrics")
		return strings.Contains(metrics, "sasumata_source_silent"+name+" 1")
	})
	if _, metrics := get(t, s, "/metrics"); !strings.Contains(metrics, "sasumata_source_records_total"+name+" 4") {
		t.Errorf("metrics:\n%s", metrics)
	}
	stop()
	signals := signalsOf(t, dir)
	for _, want := range []string{"203.0.113.0", "203.0.113.1", `topic:logs`, `team:a`} {
		if !strings.Contains(signals, want) {
			t.Errorf("%s is missing in\n%s", want, signals)
		}
	}
}
