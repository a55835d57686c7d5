package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// The limits of TLS.
const (
	// HandshakeTimeout is how long a client may take to prove who it is.
	HandshakeTimeout = 10 * time.Second
	// renewEvery is how often it is looked whether the files changed.
	renewEvery = time.Minute
	// maxPEM is the size in bytes of the largest file of certificates.
	maxPEM = 1 << 20
)

// TLSFiles are what a listener proves itself with.
type TLSFiles struct {
	// Cert holds the listener's certificate and those between it and the root, Key its
	// key, which only the file's owner may read.
	Cert, Key string
	// ClientCA holds the certificates by which those of clients are signed; "" asks
	// clients for none.
	ClientCA string
}

// TLS encrypts the connections of a listener. Any number of goroutines may use it.
type TLS struct {
	// Failed counts connections without a handshake that succeeded, RenewErrors the looks
	// that found files on the disk that cannot be used.
	Failed, RenewErrors atomic.Int64

	files TLSFiles
	now   func() time.Time
	log   *slog.Logger
	limit time.Duration // of a handshake

	mu     sync.Mutex
	looked time.Time
	seen   []fs.FileInfo // of the files in use
	config *tls.Config
	expiry time.Time
	told   told
}

// NewTLS reads the files. When they are renewed on the disk, the new ones are used for
// the connections that come then, within a minute; new ones that are wrong are told and
// change nothing.
func NewTLS(files TLSFiles, now func() time.Time, log *slog.Logger) (*TLS, error) {
	t := &TLS{files: files, now: now, log: log, limit: HandshakeTimeout, looked: now()}
	t.seen, _ = files.stat() // what is missing is told by load
	var err error
	t.config, t.expiry, err = files.load()
	return t, err
}

// Check reports what is wrong with the files.
func (f TLSFiles) Check() error {
	_, _, err := f.load()
	return err
}

func (f TLSFiles) names() []string {
	names := []string{f.Cert, f.Key}
	if f.ClientCA != "" {
		names = append(names, f.ClientCA)
	}
	return names
}

func (f TLSFiles) stat() (seen []fs.FileInfo, err error) {
	for _, name := range f.names() {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		seen = append(seen, info)
	}
	return seen, nil
}

func (f TLSFiles) load() (*tls.Config, time.Time, error) {
	var expiry time.Time
	cert, err := readPEM(f.Cert, false)
	if err != nil {
		return nil, expiry, fmt.Errorf("the certificate: %w", err)
	}
	key, err := readPEM(f.Key, true)
	if err != nil {
		return nil, expiry, fmt.Errorf("the key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, expiry, fmt.Errorf("the certificate %s and the key %s: %w", f.Cert, f.Key, err)
	}
	// HTTP/1.1 only: all senders speak it, and it has one request at a time.
	c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}
	if f.ClientCA != "" {
		text, err := readPEM(f.ClientCA, false)
		if err != nil {
			return nil, expiry, fmt.Errorf("the certificates of clients: %w", err)
		}
		c.ClientCAs = x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(text) {
			return nil, expiry, fmt.Errorf("the certificates of clients: %s has none in PEM", f.ClientCA)
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
		c.SessionTicketsDisabled = true // a session must not outlive what it was trusted by
	}
	return c, pair.Leaf.NotAfter, nil
}

// readPEM reads a file, which nobody else may be able to read if it is a secret.
func readPEM(path string, secret bool) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path) // a pipe would wait to be opened
	}
	if secret && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s can be read by others (mode %04o): chmod 600 it", path, info.Mode().Perm())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(text) > maxPEM {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxPEM)
	}
	return text, nil
}

// Expiry returns when the certificate in use ends.
func (t *TLS) Expiry() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.expiry
}

// Config returns the configuration of a listener.
func (t *TLS) Config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return t.current(), nil },
	}
}

// Renew looks whether the files changed now, and not within a minute.
func (t *TLS) Renew() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renew(t.now())
}

// current returns what is to be used now.
func (t *TLS) current() *tls.Config {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if since := now.Sub(t.looked); since < 0 || since >= renewEvery {
		t.renew(now)
	}
	return t.config
}

// renew reads the files if they changed. t is locked.
func (t *TLS) renew(now time.Time) {
	t.looked = now
	seen, err := t.files.stat()
	if err == nil && unchanged(seen, t.seen) {
		return
	}
	var config *tls.Config
	var expiry time.Time
	if err == nil {
		config, expiry, err = t.files.load()
	}
	if err != nil {
		t.RenewErrors.Add(1)
		t.log.Error("the certificate on the disk cannot be used: the old one stays in use", "until", t.expiry, "error", err)
		return
	}
	t.config, t.expiry, t.seen = config, expiry, seen
	t.log.Info("the certificate was renewed", "until", expiry)
}

func unchanged(a, b []fs.FileInfo) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !os.SameFile(a[i], b[i]) || !a[i].ModTime().Equal(b[i].ModTime()) || a[i].Size() != b[i].Size() {
			return false
		}
	}
	return true
}

// Refused counts a connection without a handshake, and tells of it, if not too many came.
func (t *TLS) Refused(peer net.Addr, err error) {
	t.Failed.Add(1)
	if !t.told.tells(t.now()) {
		return
	}
	t.log.Warn("a client was refused: the TLS handshake did not succeed", "peer", peer.String(), "error", err)
}

// handshake makes the connection one of TLS. One without a handshake is closed.
func (t *TLS) handshake(ctx context.Context, conn net.Conn) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.limit, errors.New("it took too long"))
	defer cancel()
	secure := tls.Server(conn, t.Config())
	err := secure.HandshakeContext(ctx)
	if err == nil {
		return secure, nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	_ = conn.Close()
	return nil, err
}
