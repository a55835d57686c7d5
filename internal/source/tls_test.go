package source_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/source"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.cert, a.key = a.sign(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "ca"}}, time.Hour)
	return a
}

// sign makes a certificate that is valid for so long from now.
func (a *authority) sign(t *testing.T, c *x509.Certificate, valid time.Duration) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<60))
	c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(valid)
	parent, by := a.cert, a.key
	if parent == nil {
		parent, by = c, key
	}
	der, signErr := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	signed, parseErr := x509.ParseCertificate(der)
	if err := errors.Join(err, signErr, parseErr); err != nil {
		t.Fatal(err)
	}
	return signed, key
}

// files writes a certificate for 127.0.0.1 and its key.
func (a *authority) files(t *testing.T, dir, name string) {
	t.Helper()
	cert, key := a.sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, time.Hour)
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	write(t, filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// client returns a certificate of a client.
func (a *authority) client(t *testing.T, valid time.Duration) []tls.Certificate {
	t.Helper()
	cert, key := a.sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: "web1"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, valid)
	return []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func tlsFiles(dir string) source.TLSFiles {
	return source.TLSFiles{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
}

// secureSyslog serves syslog with TLS.
func secureSyslog(t *testing.T, files source.TLSFiles, now func() time.Time, limit time.Duration) (s *source.Syslog, got *sunk, address string) {
	t.Helper()
	got = newSunk()
	s = newSyslog(got)
	var err error
	if s.TLS, err = source.NewTLS(files, now, s.Log); err != nil {
		t.Fatal(err)
	}
	s.TLS.Limit(limit)
	ctx, cancel := context.WithCancel(context.Background())
	at, err := source.Bind(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, at) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, at.Close()); err != nil {
			t.Error(err)
		}
	})
	return s, got, at.Addr()
}

func TestSyslogOverTLS(t *testing.T) {
	ca, other, dir := newAuthority(t), newAuthority(t), t.TempDir()
	ca.files(t, dir, "server")
	files := tlsFiles(dir)
	files.ClientCA = filepath.Join(dir, "ca.pem")
	write(t, files.ClientCA, ca.pem())
	s, got, address := secureSyslog(t, files, time.Now, source.HandshakeTimeout)

	send := func(text string, c *tls.Config) error {
		conn, err := tls.Dial("tcp", address, c)
		if err != nil {
			return err
		}
		_, err = io.WriteString(conn, text)
		if err == nil { // what the server says of a certificate comes behind the handshake
			_ = conn.CloseWrite()
			_, err = io.ReadAll(conn)
		}
		return errors.Join(err, conn.Close())
	}
	good := ca.client(t, time.Hour)
	if err := send("<13>one\n", &tls.Config{RootCAs: ca.pool(), Certificates: good}); err != nil {
		t.Error(err)
	}
	if texts := got.texts(t, 1); texts[0] != "<13>one" {
		t.Errorf("%q", texts)
	}
	refused := int64(0)
	f := func(what string, try func() error) {
		t.Helper()
		err := try()
		refused++
		soon(t, what, func() bool { return s.TLS.Failed.Load() == refused && s.Counters.Errors.Load() == refused })
		if err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	f("no certificate", func() error { return send("<13>x\n", &tls.Config{RootCAs: ca.pool()}) })
	f("one of another authority", func() error {
		return send("<13>x\n", &tls.Config{RootCAs: ca.pool(), Certificates: other.client(t, time.Hour)})
	})
	f("one that has expired", func() error {
		return send("<13>x\n", &tls.Config{RootCAs: ca.pool(), Certificates: ca.client(t, -time.Hour)})
	})
	f("a client that does not trust", func() error { return send("<13>x\n", &tls.Config{RootCAs: other.pool(), Certificates: good}) })
	f("old TLS", func() error {
		return send("<13>x\n", &tls.Config{RootCAs: ca.pool(), Certificates: good, MaxVersion: tls.VersionTLS11})
	})
	f("plain text", func() error {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		_, err = io.WriteString(conn, "<13>plain text\n")
		_, readErr := io.ReadAll(conn)
		return errors.Join(err, readErr, conn.Close(), io.EOF)
	})
	if all := got.all(); len(all) != 1 {
		t.Errorf("%d records came", len(all))
	}
}

// TestSilentHandshake lets a client say nothing: its place is free again.
func TestSilentHandshake(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	ca.files(t, dir, "server")
	s, _, address := secureSyslog(t, tlsFiles(dir), time.Now, 50*time.Millisecond)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte{0x16, 3, 1}); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(source.HandshakeTimeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection is still there")
	}
	soon(t, "the count", func() bool { return s.TLS.Failed.Load() == 1 })
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestRenewedCertificate(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	ca.files(t, dir, "old")
	var passed atomic.Int64
	s, _, address := secureSyslog(t, tlsFiles(dir), func() time.Time { return time.Unix(passed.Load(), 0) }, source.HandshakeTimeout)
	shown := func() string {
		conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: ca.pool()})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	f := func(want string, errs int64) {
		t.Helper()
		if got := shown(); got != want || s.TLS.RenewErrors.Load() != errs {
			t.Errorf("it shows %q after %d faults, want %q", got, s.TLS.RenewErrors.Load(), want)
		}
	}
	f("old", 0)
	ca.files(t, dir, "new")
	f("old", 0) // nobody looked yet
	passed.Add(60)
	f("new", 0)
	write(t, filepath.Join(dir, "cert.pem"), []byte("rubbish"))
	f("new", 0)
	passed.Add(60)
	f("new", 1)
	ca.files(t, dir, "newest")
	if err := os.Chmod(filepath.Join(dir, "key.pem"), 0o644); err != nil {
		t.Fatal(err)
	}
	passed.Add(60)
	f("new", 2)
	if err := os.Chmod(filepath.Join(dir, "key.pem"), 0o600); err != nil {
		t.Fatal(err)
	}
	passed.Add(60)
	f("newest", 2)
	if conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: ca.pool(), MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
}

// TestRenewedAtOnce renews the files when it is told to, and not within a minute.
func TestRenewedAtOnce(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	a.files(t, dir, "one.example.com")
	now := time.Now()
	listener, err := source.NewTLS(tlsFiles(dir), func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	name := func() string {
		t.Helper()
		config, err := listener.Config().GetConfigForClient(nil)
		if err != nil {
			t.Fatal(err)
		}
		return config.Certificates[0].Leaf.Subject.CommonName
	}
	before := name()
	a.files(t, dir, "another.example.com")
	if got := name(); got != before {
		t.Errorf("it is %s at once", got)
	}
	listener.Renew()
	if got := name(); got == before {
		t.Error("it was not renewed")
	}
	if got := listener.Config().MinVersion; got != tls.VersionTLS12 {
		t.Errorf("the oldest version is %x", got)
	}
}

func TestFilesOfTLSThatAreWrong(t *testing.T) {
	ca, dir, second := newAuthority(t), t.TempDir(), t.TempDir()
	ca.files(t, dir, "a")
	ca.files(t, second, "b")
	f := func(files source.TLSFiles, want string) {
		t.Helper()
		if err := files.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if _, err := source.NewTLS(files, time.Now, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%+v are taken", files)
		}
	}
	good := tlsFiles(dir)
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	f(source.TLSFiles{Cert: good.Cert + "x", Key: good.Key}, "the certificate: stat ")
	f(source.TLSFiles{Cert: dir, Key: good.Key}, "is no file")
	f(source.TLSFiles{Cert: good.Cert, Key: tlsFiles(second).Key}, "does not match")
	f(source.TLSFiles{Cert: good.Key, Key: good.Key}, "the certificate ")
	f(source.TLSFiles{Cert: good.Cert, Key: good.Key, ClientCA: good.Key}, "has none in PEM")
	huge := filepath.Join(dir, "huge")
	write(t, huge, make([]byte, 2<<20))
	f(source.TLSFiles{Cert: huge, Key: good.Key}, "has more than")
	if err := os.Chmod(good.Key, 0o640); err != nil {
		t.Fatal(err)
	}
	f(good, "key.pem can be read by others (mode 0640): chmod 600 it")
}
