package app

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/config"
)

// TestServeTLS takes a message and answers over TLS, and counts who speaks plain text.
func TestServeTLS(t *testing.T) {
	dir := t.TempDir()
	example := httptest.NewTLSServer(http.NotFoundHandler())
	pair, roots := example.TLS.Certificates[0], x509.NewCertPool()
	roots.AddCert(example.Certificate())
	example.Close()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	files := &config.TLS{Cert: filepath.Join(dir, "cert"), Key: filepath.Join(dir, "key")}
	err = errors.Join(
		os.WriteFile(files.Cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600),
		os.WriteFile(files.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	opts := serveOptions(dir)
	opts.Config.Files, opts.Config.HTTP.TLS = []config.File{}, files
	opts.Config.Syslog = []config.Syslog{{Protocol: "tcp", Listen: "127.0.0.1:0", TLS: files}}
	s, stop := serving(t, opts)
	defer stop()
	syslog := strings.TrimPrefix(s.Listening[1], "tcp ")
	conn, err := tls.Dial("tcp", syslog, &tls.Config{RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, failures(0, 1))
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	s.until(t, 6)
	plain, err := net.Dial("tcp", syslog)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(plain, "<13>plain text\n")
	if _, readErr := io.ReadAll(plain); readErr != nil {
		t.Log(readErr) // it may be reset
	}
	if err := errors.Join(err, plain.Close()); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	eventually(t, "the count", func() bool {
		resp, err := (&http.Client{Transport: transport}).Get("https://" + s.Listening[0] + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), `sasumata_tls_handshake_errors_total{listener="syslog tcp 127.0.0.1:0"} 1`) &&
			strings.Contains(string(text), `sasumata_tls_certificate_expiry_seconds{listener="http 127.0.0.1:0"} `)
	})
}
