package source_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

func kafka(t *testing.T, options ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(2), kfake.SeedTopics(3, "logs", "other"), kfake.AllowAutoTopicCreation()}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// kafkaSource takes the topics of a cluster into a spool, from their beginning.
func kafkaSource(s *spool, addresses []string) *source.Kafka {
	return &source.Kafka{Broker: taken(s), Brokers: addresses, Topics: []string{"logs", "other"}, Group: "g", Restart: 10 * time.Millisecond}
}

// produces sends messages to the topics by turns; it is a member of no group.
type produces struct {
	client *kgo.Client
	sent   []string
}

func producer(t *testing.T, addresses []string, options ...kgo.Opt) *produces {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addresses...), kgo.AllowAutoTopicCreation(), kgo.ProducerBatchMaxBytes(100 << 20)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &produces{client: client}
}

func (p *produces) lines(t *testing.T, n int, topics ...string) {
	t.Helper()
	var records []*kgo.Record
	for i := range n {
		text := fmt.Sprintf("line %05d", len(p.sent))
		p.sent = append(p.sent, text)
		records = append(records, &kgo.Record{Topic: topics[i%len(topics)], Value: []byte(text + "\n")})
	}
	p.records(t, records...)
}

func (p *produces) records(t *testing.T, records ...*kgo.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := p.client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// told collects what is logged.
type told struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *told) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *told) has(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), part)
}

func (l *told) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// TestKafka stops in the middle of topics again and again, with TLS and passwords: all
// messages come, and none of them twice.
func TestKafka(t *testing.T) {
	f := func(mechanism, name string, secure bool) {
		t.Helper()
		options := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser(name, "me", "secret"), kfake.Superuser("PLAIN", "p", "p")}
		asks := []kgo.Opt{kgo.SASL(plain.Auth{User: "p", Pass: "p"}.AsMechanism())}
		var dial *source.DialTLS
		if secure {
			dir, a := t.TempDir(), newAuthority(t)
			a.files(t, dir, "127.0.0.1")
			write(t, filepath.Join(dir, "ca.pem"), a.pem())
			files := tlsFiles(dir)
			pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
			if err != nil {
				t.Fatal(err)
			}
			options = append(options, kfake.TLS(&tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}))
			asks = append(asks, kgo.DialTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: a.pool()}))
			dial = &source.DialTLS{CA: filepath.Join(dir, "ca.pem")}
		}
		cluster := kafka(t, options...)
		p := producer(t, cluster.ListenAddrs(), asks...)
		spool, log := newSpool(), &told{}
		spool.full = 2
		k := kafkaSource(spool, cluster.ListenAddrs())
		k.TLS, k.SASL, k.User, k.Password, k.Log = dial, mechanism, "me", "wrong", log.logger()
		stop := takes(t, k.Run)
		soon(t, "a wrong password is told", func() bool { return k.Counters.Errors.Load() > 0 && log.has("the broker 127.0.0.1:") })
		stop()
		k.Password = "secret"
		for range 3 {
			p.lines(t, 400, "logs", "other")
			stop := takes(t, k.Run)
			spool.until(t, len(p.sent)-380)
			stop()
		}
		stop = takes(t, k.Run)
		spool.until(t, len(p.sent))
		stop()
		if diff := cmp.Diff(p.sent, texts(spool)); diff != "" {
			t.Errorf("%.2000s", diff)
		}
		if in := k.Counters.In.Load(); in != int64(len(p.sent)) {
			t.Errorf("%d records are counted", in)
		}
	}
	f(source.SASLPlain, "PLAIN", false)
	f(source.SASLScram256, "SCRAM-SHA-256", true)
	f(source.SASLScram512, "SCRAM-SHA-512", false)
}

// TestKafkaMembers lets a second member come and the first go while messages come, and the
// queue has no room now and then.
func TestKafkaMembers(t *testing.T) {
	cluster := kafka(t)
	p := producer(t, cluster.ListenAddrs())
	a, b := newSpool(), newSpool()
	a.full, b.full = 3, 3
	one, two := kafkaSource(a, cluster.ListenAddrs()), kafkaSource(b, cluster.ListenAddrs())
	stopOne := takes(t, one.Run)
	p.lines(t, 3000, "logs", "other")
	a.until(t, 500)
	stopTwo := takes(t, two.Run)
	soon(t, "both take messages", func() bool {
		p.lines(t, 50, "logs", "other")
		lines, _ := b.state()
		return len(lines) > 100
	})
	stopOne()
	p.lines(t, 500, "logs", "other")
	soon(t, "all messages", func() bool { return len(texts(a, b)) >= len(p.sent) })
	stopTwo()
	if diff := cmp.Diff(p.sent, texts(a, b)); diff != "" {
		t.Errorf("%.2000s", diff)
	}
}

// TestKafkaComesLate begins without brokers, then without a topic, and loses its brokers.
func TestKafkaComesLate(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	cluster := kafka(t, kfake.DataDir(dir), kfake.NumBrokers(1))
	addresses := cluster.ListenAddrs()
	var port int
	if _, err := fmt.Sscanf(addresses[0], "127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	cluster.Close()
	spool, log := newSpool(), &told{}
	k := kafkaSource(spool, addresses)
	k.Topics, k.Log = []string{"late", "logs"}, log.logger()
	stop := takes(t, k.Run)
	soon(t, "brokers are missed", func() bool { return log.has("refused") })
	again := func() *kfake.Cluster { return kafka(t, kfake.DataDir(dir), kfake.Ports(port)) }
	cluster = again()
	p := producer(t, addresses)
	p.lines(t, 10, "logs")
	spool.until(t, 10)
	soon(t, "a topic is missed", func() bool { return log.has("the topic late") })
	p.lines(t, 10, "late")
	spool.until(t, 20)
	cluster.Close()
	errors := k.Counters.Errors.Load()
	soon(t, "brokers are missed again", func() bool { return k.Counters.Errors.Load() > errors })
	cluster = again()
	p.lines(t, 10, "late", "logs")
	soon(t, "all messages", func() bool { return len(slices.Compact(texts(spool))) == 30 })
	cluster.Close()
	began := time.Now()
	stop()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("without brokers it takes %v to stop", took)
	}
	if diff := cmp.Diff(p.sent, slices.Compact(texts(spool))); diff != "" {
		t.Errorf("%.2000s", diff)
	}
}

// TestKafkaWaits stops while the queue has no room: nothing is committed.
func TestKafkaWaits(t *testing.T) {
	cluster := kafka(t)
	p := producer(t, cluster.ListenAddrs())
	p.lines(t, 100, "logs")
	spool := newSpool()
	for _, full := range []error{record.ErrFull, record.ErrAway} {
		var asked atomic.Int64
		k := kafkaSource(spool, cluster.ListenAddrs())
		k.Sink = func(context.Context, []record.Record) error { asked.Add(1); return full }
		stop := takes(t, k.Run)
		soon(t, "it tries", func() bool { return asked.Load() > 1 })
		stop()
	}
	stop := takes(t, kafkaSource(spool, cluster.ListenAddrs()).Run)
	spool.until(t, 100)
	stop()
	if diff := cmp.Diff(p.sent, texts(spool)); diff != "" {
		t.Errorf("%.2000s", diff)
	}
}

// TestKafkaStops stops while the brokers hang.
func TestKafkaStops(t *testing.T) {
	cluster := kafka(t)
	p := producer(t, cluster.ListenAddrs())
	p.lines(t, 10, "logs")
	spool := newSpool()
	stop := takes(t, kafkaSource(spool, cluster.ListenAddrs()).Run)
	spool.until(t, 10)
	release := make(chan struct{})
	defer close(release)
	cluster.ControlKey(kmsg.LeaveGroup.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) { <-release; return nil, nil, false })
	began := time.Now()
	stop()
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it takes %v to stop", took)
	}
}

// TestKafkaLarge sends long messages, and a batch that is tiny until it is read.
func TestKafkaLarge(t *testing.T) {
	cluster := kafka(t, kfake.SeedTopics(1, "one"))
	p := producer(t, cluster.ListenAddrs(), kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	spool, log := newSpool(), &told{}
	k := kafkaSource(spool, cluster.ListenAddrs())
	k.Topics, k.MaxMessage, k.Log = []string{"one"}, 1<<10, log.logger()
	p.records(t, &kgo.Record{Topic: "one", Value: make([]byte, 65<<20)})
	p.records(t, &kgo.Record{Topic: "one", Value: bytes.Repeat([]byte("a"), 1500)})
	stop := takes(t, k.Run)
	spool.until(t, 1)
	p.records(t, &kgo.Record{Topic: "one", Value: make([]byte, 65<<20)}, &kgo.Record{Topic: "one"})
	p.lines(t, 1, "one")
	spool.until(t, 2)
	stop()
	if got := texts(spool); len(got[0]) != 1<<10 || got[1] != "line 00000" || k.Counters.Cut.Load() != 1 || k.Counters.Dropped.Load() != 3 || !log.has("messages are left out") {
		t.Errorf("%d messages, %d cut, %d dropped", len(got), k.Counters.Cut.Load(), k.Counters.Dropped.Load())
	}
}

// TestKafkaFromEnd leaves out what was there before, and nothing of what comes then.
func TestKafkaFromEnd(t *testing.T) {
	cluster := kafka(t)
	p := producer(t, cluster.ListenAddrs())
	p.records(t, &kgo.Record{Topic: "logs", Value: []byte("old"), Timestamp: time.Now().Add(-time.Hour)})
	spool := newSpool()
	k := kafkaSource(spool, cluster.ListenAddrs())
	k.FromEnd, k.Topics = true, []string{"logs", "late"}
	began := time.Now() // the source may begin behind the first message below
	k.Now = func() time.Time { return began }
	stop := takes(t, k.Run)
	soon(t, "new messages", func() bool {
		p.lines(t, 1, "logs")
		lines, _ := spool.state()
		return len(lines) > 0
	})
	p.lines(t, 10, "late")
	spool.until(t, len(p.sent))
	stop()
	if diff := cmp.Diff(p.sent, texts(spool)); diff != "" {
		t.Errorf("%.2000s", diff)
	}
}
