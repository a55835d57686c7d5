package source_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// taken makes what sources of messages have in common, of a spool.
func taken(s *spool) source.Broker {
	return source.Broker{
		Label: record.Record{Service: "s", Tags: []string{"a:b"}}, Now: time.Now, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
		Sink: func(ctx context.Context, records []record.Record) error {
			for i := range records {
				if !slices.Contains(records[i].Tags, "a:b") || len(records[i].Tags) != 2 || records[i].Service != "s" {
					return fmt.Errorf("a record: %+v", records[i])
				}
			}
			return s.store(ctx, []byte{}, records)
		},
	}
}

// texts returns what spools have, sorted.
func texts(spools ...*spool) (lines []string) {
	for _, s := range spools {
		one, _ := s.state()
		lines = append(lines, one...)
	}
	slices.Sort(lines)
	return lines
}

// takes runs a source until stop is called, which waits for its end.
func takes(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("it does not stop")
		}
	}
}

func natsServer(t *testing.T, opts *server.Options) (*server.Server, *nats.Conn) {
	t.Helper()
	opts.Host, opts.NoSigs, opts.NoLog = "127.0.0.1", true, true
	if opts.Port == 0 {
		opts.Port = server.RANDOM_PORT
	}
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("it does not begin")
	}
	conn, err := nats.Connect(s.ClientURL(), nats.Token(opts.Authorization))
	if err != nil {
		t.Fatal(err)
	}
	return s, conn
}

// TestNATSSubjects shares subjects among two, while the queue has no room for a while, and
// while the server ends and begins again.
func TestNATSSubjects(t *testing.T) {
	server1, conn := natsServer(t, &server.Options{Authorization: "secret"})
	a, b := newSpool(), newSpool()
	a.full = 2
	source1 := func(s *spool) *source.NATS {
		return &source.NATS{Broker: taken(s), Servers: []string{server1.ClientURL()}, Subjects: []string{"logs.>", "other"}, Group: "g", Token: "secret", Restart: 10 * time.Millisecond}
	}
	one, two := source1(a), source1(b)
	stopA, stopB := takes(t, one.Run), takes(t, two.Run)
	both := func() []string {
		return slices.Compact(texts(a, b))
	}
	for _, subject := range []string{"logs.a", "other"} {
		for _, s := range []*spool{a, b} {
			soon(t, "both listen", func() bool { // what nobody listens to yet is lost
				got, _ := s.state()
				return conn.Publish(subject, []byte(subject)) == nil && conn.Flush() == nil && slices.Contains(got, subject)
			})
		}
	}
	want := []string{"logs.a", "other"}
	for i := range 100 {
		text := fmt.Sprintf("line %03d", i)
		want = append(want, text)
		if err := conn.Publish([]string{"logs.web.a", "other"}[i%2], []byte(text+"\n")); err != nil {
			t.Fatal(err)
		}
	}
	soon(t, "all lines", func() bool { return len(both()) >= len(want) })
	port := server1.Addr().String()
	var number int
	if _, err := fmt.Sscanf(port, "127.0.0.1:%d", &number); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	server1.Shutdown()
	server1.WaitForShutdown()
	server2, conn := natsServer(t, &server.Options{Port: number, Authorization: "secret"})
	defer server2.Shutdown()
	defer conn.Close()
	want = append(want, "line 100")
	soon(t, "the last line", func() bool { // what nobody listens to yet is lost
		return conn.Publish("other", []byte("line 100")) == nil && conn.Flush() == nil && len(both()) >= len(want)
	})
	stopA()
	stopB()
	slices.Sort(want)
	if diff := cmp.Diff(want, both()); diff != "" {
		t.Error(diff)
	}
	if one.Counters.In.Load() == 0 || two.Counters.In.Load() == 0 || one.Counters.Errors.Load() == 0 {
		t.Errorf("%d and %d records, %d errors", one.Counters.In.Load(), two.Counters.In.Load(), one.Counters.Errors.Load())
	}
}

// TestNATSStream stops in the middle of a stream again and again: what was not queued comes
// again, and what was does not.
func TestNATSStream(t *testing.T) {
	s, conn := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()})
	defer s.Shutdown()
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	spool := newSpool()
	n := &source.NATS{Broker: taken(spool), Servers: []string{s.ClientURL()}, Subjects: []string{"logs.>"}, Stream: "LOGS", Consumer: "sasumata", Restart: 10 * time.Millisecond}
	n.MaxMessage = 1 << 10
	stop := takes(t, n.Run)
	soon(t, "the stream is missed", func() bool { return n.Counters.Errors.Load() > 0 })
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "LOGS", Subjects: []string{"logs.>"}}); err != nil {
		t.Fatal(err)
	}
	soon(t, "the consumer", func() bool {
		c, err := js.Consumer(t.Context(), "LOGS", "sasumata")
		if err != nil {
			return false
		}
		config := c.CachedInfo().Config
		config.AckWait = 3 * time.Second // of messages that are on their way when it stops
		_, err = js.UpdateConsumer(t.Context(), "LOGS", config)
		return err == nil
	})
	var want []string
	for round := range 4 {
		for i := range 300 {
			text := fmt.Sprintf("line %d %03d", round, i)
			want = append(want, text)
			if _, err := js.Publish(t.Context(), "logs.a", []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		spool.until(t, 250*(round+1))
		stop()
		stop = takes(t, n.Run)
	}
	if _, err := js.Publish(t.Context(), "logs.a", make([]byte, 1500)); err != nil {
		t.Fatal(err)
	}
	spool.until(t, len(want)+1)
	soon(t, "all are acknowledged", func() bool {
		c, err := js.Consumer(t.Context(), "LOGS", "sasumata")
		if err != nil {
			return false
		}
		info, err := c.Info(t.Context())
		return err == nil && info.NumPending == 0 && info.NumAckPending == 0
	})
	stop()
	got, _ := spool.state()
	slices.Sort(got)
	slices.Reverse(got)
	slices.Reverse(want)
	if last := got[len(got)-1]; len(last) != 1<<10 || n.Counters.Cut.Load() != 1 {
		t.Errorf("a long message has %d bytes, %d were cut", len(last), n.Counters.Cut.Load())
	}
	if diff := cmp.Diff(want, got[:len(got)-1]); diff != "" {
		t.Errorf("%.2000s", diff)
	}
}
