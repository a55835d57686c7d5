package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/source"
	"github.com/sasumata/sasumata/internal/tail"
)

// example writes the certificate of net/http/httptest, and returns clients: one that shows
// it as its own, too, and one that shows none.
func example(t *testing.T) (files source.TLSFiles, good, bare *http.Client) {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	pair := s.TLS.Certificates[0]
	root := s.Certificate()
	s.Close()
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files = source.TLSFiles{Cert: filepath.Join(dir, "cert"), Key: filepath.Join(dir, "key"), ClientCA: filepath.Join(dir, "cert")}
	err = errors.Join(
		os.WriteFile(files.Cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600),
		os.WriteFile(files.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	client := func(shows ...tls.Certificate) *http.Client {
		tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: shows}, ForceAttemptHTTP2: true}
		t.Cleanup(tr.CloseIdleConnections)
		return &http.Client{Transport: tr}
	}
	return files, client(pair), client()
}

// text keeps what is written from many goroutines.
type text struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (s *text) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *text) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

func TestServerOverTLS(t *testing.T) {
	files, good, bare := example(t)
	files.ClientCA = ""
	var out text
	log := slog.New(slog.NewTextHandler(&out, nil))
	encrypt, err := source.NewTLS(files, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	asked := source.TLSFiles{Cert: files.Cert, Key: files.Key, ClientCA: files.Cert}
	strict, err := source.NewTLS(asked, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	serve := func(encrypt *source.TLS) (address string, stop func()) {
		s := api.New(place(t), api.Options{
			TLS: encrypt, Intake: http.NotFoundHandler(), Log: log, Logs: &api.Logs{Hub: &tail.Hub{}, Now: time.Now, Log: log},
			Gate: &api.Gate{Now: time.Now, Log: log},
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Serve(ctx, time.Second, nil) }()
		return s.Addr(), func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	get := func(c *http.Client, address string) error {
		resp, err := c.Get("https://" + address + "/-/healthy")
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 1 {
			t.Errorf("%s %s", resp.Status, resp.Proto)
		}
		_, err = io.ReadAll(resp.Body)
		return errors.Join(err, resp.Body.Close())
	}
	open, stopOpen := serve(encrypt)
	closed, stopClosed := serve(strict)
	if err := errors.Join(get(bare, open), get(good, open)); err != nil {
		t.Error(err)
	}
	if err := get(bare, closed); err == nil {
		t.Error("a client without a certificate was taken")
	}
	conn, err := net.Dial("tcp", open)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
	answer, readErr := io.ReadAll(conn)
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Error(err, readErr)
	}
	if bytes.Contains(answer, []byte("200 OK")) {
		t.Errorf("plain text is answered: %s", answer)
	}
	stopOpen()
	stopClosed()
	for end := time.Now().Add(20 * time.Second); encrypt.Failed.Load()+strict.Failed.Load() < 2 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if encrypt.Failed.Load() != 1 || strict.Failed.Load() != 1 {
		t.Errorf("%d and %d were refused", encrypt.Failed.Load(), strict.Failed.Load())
	}
	if text := out.String(); strings.Count(text, "TLS handshake") != 2 {
		t.Errorf("the log says\n%s", text)
	}
}
