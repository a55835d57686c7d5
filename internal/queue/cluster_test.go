package queue_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// natsServer starts a NATS server; port -1 is any.
func natsServer(t *testing.T, opts server.Options) *server.Server {
	t.Helper()
	s := begin(t, opts)
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server does not begin")
	}
	return s
}

// begin starts a NATS server without waiting for it.
func begin(t *testing.T, opts server.Options) *server.Server {
	t.Helper()
	opts.Host, opts.JetStream, opts.NoSigs, opts.NoLog, opts.MaxPayload = "127.0.0.1", true, true, true, 8<<20
	if opts.Port == 0 {
		opts.Port = -1
	}
	s, err := server.NewServer(&opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { shut(s) })
	return s
}

func shut(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// elsewhere returns a queue of the servers.
func elsewhere(servers ...*server.Server) queue.Options {
	urls := make([]string, len(servers))
	for i, s := range servers {
		urls[i] = s.ClientURL()
	}
	return queue.Options{MaxBytes: queue.MinMaxBytes, Cluster: &queue.Cluster{URL: strings.Join(urls, ","), Stream: "TEST"}}
}

func port(t *testing.T, s *server.Server) int {
	t.Helper()
	at, err := url.Parse(s.ClientURL())
	var n int
	if err == nil {
		_, err = fmt.Sscan(at.Port(), &n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// admin returns what changes streams behind the back of a queue.
func admin(t *testing.T, s *server.Server) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// TestElsewhere does with a server elsewhere what the other tests do with one inside.
func TestElsewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	opts := elsewhere(natsServer(t, server.Options{StoreDir: t.TempDir()}))
	q := open(t, opts)
	publish(t, q, queue.Submission{Key: "/var/log/a.log", Position: []byte("7"), Records: lines("a", "b")})
	for range 2 {
		publish(t, q, queue.Submission{ID: "1", Records: lines("c")})
		publish(t, q, queue.Submission{Key: "k", Position: []byte("p"), Records: lines("d")})
	}
	if got, err := q.Last(t.Context(), "/var/log/a.log"); err != nil || string(got) != "7" {
		t.Errorf("position %q, %v", got, err)
	}
	_, batches := take(t, q, 3)
	if err := q.Done(batches[0].Ack()); err != nil {
		t.Fatal(err)
	}
	if other, err := queue.Open(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "another server reads the stream TEST") {
		t.Errorf("two queues with one stream: %v, %v", other, err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	opts.After = q.Place(1)
	q = open(t, opts)
	if got, _ := take(t, q, 2); fmt.Sprint(got) != "[c d]" {
		t.Errorf("after a restart %q", got)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFullQueueElsewhereRefuses(t *testing.T) {
	opts := elsewhere(natsServer(t, server.Options{StoreDir: t.TempDir()}))
	opts.MaxBytes = 1 << 20
	q := open(t, opts)
	var err error
	n := 0
	for ; err == nil && n < 1000; n++ {
		err = q.Publish(t.Context(), queue.Submission{Records: lines(noise(n, 64<<10))})
	}
	if !errors.Is(err, record.ErrFull) || n < 5 {
		t.Errorf("after %d batches: %v", n, err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestServersThatCannotBeUsed opens queues where there are none, and where none can be.
func TestServersThatCannotBeUsed(t *testing.T) {
	f := func(opts queue.Options, away bool, want string) {
		t.Helper()
		q, err := queue.Open(t.Context(), opts)
		if err == nil || errors.Is(err, queue.ErrAway) != away || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v; want %q", q, err, want)
		}
	}
	gone := natsServer(t, server.Options{StoreDir: t.TempDir()})
	opts := elsewhere(gone)
	shut(gone)
	f(opts, true, "cannot be reached")
	f(elsewhere(natsServer(t, server.Options{StoreDir: t.TempDir(), Authorization: "secret"})), false, "queue.token_file")
	s := natsServer(t, server.Options{StoreDir: t.TempDir()})
	if _, err := admin(t, s).CreateStream(t.Context(), jetstream.StreamConfig{Name: "TEST"}); err != nil {
		t.Fatal(err)
	}
	f(elsewhere(s), false, "was not made by sasumata")
	opts = elsewhere(natsServer(t, server.Options{StoreDir: t.TempDir(), Authorization: "secret"}))
	opts.Cluster.Token = "secret"
	if err := open(t, opts).Close(); err != nil {
		t.Fatal(err)
	}
}

// TestEncryptedServers trusts only whom it is told to.
func TestEncryptedServers(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	own := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s := natsServer(t, server.Options{StoreDir: t.TempDir(), TLSConfig: own})
	opts := elsewhere(s)
	secure := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	opts.Cluster.TLS = func() (*tls.Config, error) { return secure, nil }
	if _, err := queue.Open(t.Context(), opts); !errors.Is(err, queue.ErrAway) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server of nobody's: %v", err)
	}
	secure.RootCAs.AddCert(cert)
	if err := open(t, opts).Close(); err != nil {
		t.Fatal(err)
	}
	opts.Cluster.TLS = func() (*tls.Config, error) { return nil, errors.New("no file") }
	if _, err := queue.Open(t.Context(), opts); err == nil || errors.Is(err, queue.ErrAway) || !strings.Contains(err.Error(), "no file") {
		t.Errorf("a file that is missing: %v", err)
	}
}

// TestAServerThatComesBack is stopped while batches are published and read.
func TestAServerThatComesBack(t *testing.T) {
	t.Parallel() // it mostly waits
	dir := t.TempDir()
	s := natsServer(t, server.Options{StoreDir: dir})
	opts := elsewhere(s)
	var changes atomic.Int64
	opts.Cluster.Changed = func(error) { changes.Add(1) }
	q := open(t, opts)
	at := port(t, s)
	for i := range 4 {
		publish(t, q, queue.Submission{Records: lines(fmt.Sprint(i))})
	}
	_, batches := take(t, q, 2)
	shut(s)
	if err := q.Publish(t.Context(), queue.Submission{Records: lines("x")}); !errors.Is(err, queue.ErrAway) {
		t.Errorf("without a server: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	texts := map[string]int{}
	for range 3 { // those that were on their way may have come already
		b, err := q.Next(ctx)
		if err == nil {
			texts[b.Records[0].Text]++
			batches = append(batches, b)
		} else if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without a server: %v", err)
		}
	}
	if _, err := q.Last(t.Context(), "k"); !errors.Is(err, queue.ErrAway) {
		t.Errorf("without a server: %v", err)
	}
	if err := q.Done(batches[0].Ack()); !errors.Is(err, queue.ErrAway) || q.Connected() {
		t.Errorf("without a server: %v", err)
	}
	s = natsServer(t, server.Options{StoreDir: dir, Port: at})
	until(t, "the server", func() bool {
		err := q.Publish(t.Context(), queue.Submission{Records: lines("4")})
		if err != nil && !errors.Is(err, queue.ErrAway) {
			t.Fatal(err)
		}
		return err == nil
	})
	for texts["4"] == 0 {
		got, more := take(t, q, 1)
		texts[got[0]]++
		batches = append(batches, more...)
	}
	for _, b := range batches {
		if err := q.Done(b.Ack()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]int{"2": 1, "3": 1, "4": 1}, texts); diff != "" {
		t.Errorf("when the server came back (-want +got):\n%s", diff)
	}
	isEmpty(t, q)
	if n := changes.Load(); n != 2 {
		t.Errorf("%d changes were told", n)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	shut(s)
}

// TestAStreamThatIsRemoved removes the stream of a queue that is open, and puts another
// in its place.
func TestAStreamThatIsRemoved(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	f := func(found bool) {
		t.Helper()
		s := natsServer(t, server.Options{StoreDir: t.TempDir()})
		q := open(t, elsewhere(s))
		publish(t, q, queue.Submission{Records: lines("a")})
		js := admin(t, s)
		if err := js.DeleteStream(t.Context(), "TEST"); err != nil {
			t.Fatal(err)
		}
		if found {
			other := elsewhere(s)
			until(t, "another stream", func() bool { // the server may still remove the files of the one before
				another, err := queue.Open(t.Context(), other)
				if errors.Is(err, queue.ErrAway) {
					return false
				}
				if err == nil {
					err = another.Close()
				}
				if err != nil {
					t.Fatal(err)
				}
				return true
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for {
			_, err := q.Next(ctx)
			if lost, ok := errors.AsType[*queue.LostError](err); ok {
				if (lost.Found != "") != found {
					t.Errorf("%v", lost)
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f(false)
	f(true)
}

// cluster starts three servers.
func cluster(t *testing.T) []*server.Server {
	t.Helper()
	var routes []*url.URL
	for range 3 {
		// A server wants to know where the others are before they begin.
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	all := make([]*server.Server, 3)
	for i := range all {
		opts := server.Options{ServerName: fmt.Sprint("n", i), StoreDir: t.TempDir(), Routes: routes}
		opts.Cluster.Name, opts.Cluster.Host = "test", "127.0.0.1"
		if _, err := fmt.Sscan(routes[i].Port(), &opts.Cluster.Port); err != nil {
			t.Fatal(err)
		}
		all[i] = begin(t, opts)
	}
	until(t, "a cluster", func() bool {
		for _, s := range all {
			if !s.ReadyForConnections(patience) || !s.JetStreamIsCurrent() {
				return false
			}
		}
		return true
	})
	return all
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

// TestClusterLosesItsLeader stops the server that leads the stream while batches are
// published, read and acknowledged. Nothing may be lost and nothing come twice.
func TestClusterLosesItsLeader(t *testing.T) {
	t.Parallel() // it mostly waits
	servers := cluster(t)
	opts := elsewhere(servers...)
	opts.Cluster.Replicas = 3
	var q *queue.Queue
	until(t, "a stream", func() bool {
		var err error
		q, err = queue.Open(t.Context(), opts)
		if err != nil && !errors.Is(err, queue.ErrAway) {
			t.Fatal(err)
		}
		return err == nil
	})
	const senders, each = 4, 150
	var sent atomic.Int64
	var sending sync.WaitGroup
	for i := range senders {
		sending.Go(func() {
			for n := range each {
				s := queue.Submission{ID: fmt.Sprint(i, " ", n), Records: lines(fmt.Sprint(i, " ", n))}
				for err := q.Publish(t.Context(), s); err != nil; err = q.Publish(t.Context(), s) {
					if !errors.Is(err, queue.ErrAway) {
						t.Error(err)
						return
					}
				}
				sent.Add(1)
			}
		})
	}
	go func() {
		for sent.Load() < senders*each/4 && !t.Failed() {
			time.Sleep(time.Millisecond)
		}
		for _, s := range servers {
			if s.JetStreamIsStreamLeader("$G", "TEST") {
				s.Shutdown()
				return // the others have the majority
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	seen, last := map[string]int{}, uint64(0)
	began := time.Now()
	longest := time.Duration(0)
	var waiting []queue.Ack
	for len(seen) < senders*each {
		wait := time.Now()
		b, err := q.Next(ctx)
		if err != nil {
			t.Fatalf("after %d batches: %v", len(seen), err)
		}
		longest = max(longest, time.Since(wait))
		if b.Sequence <= last {
			t.Errorf("batch %d after %d", b.Sequence, last)
		}
		last = b.Sequence
		seen[b.Records[0].Text]++
		for waiting = append(waiting, b.Ack()); len(waiting) > 20; waiting = waiting[1:] {
			if err := q.Done(waiting[0]); errors.Is(err, queue.ErrAway) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	sending.Wait()
	for text, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", text, n)
		}
	}
	t.Logf("%d batches in %s, the longest pause %s", len(seen), time.Since(began), longest)
	for _, a := range waiting {
		until(t, "an acknowledgement", func() bool { return q.Done(a) == nil })
	}
	short, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if b, err := q.Next(short); err == nil {
		t.Errorf("there is one more: %d %q", b.Sequence, b.Records[0].Text)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}
