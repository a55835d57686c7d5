package alert

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// smtpServer takes mail over STARTTLS from those who log in, and refuses each address a
// few times before it does, as greylisting does.
type smtpServer struct {
	listener net.Listener
	tls      *tls.Config
	user     string
	password string
	grey     int    // how many recipients are refused at first
	bare     bool   // offers no encryption
	silent   bool   // says nothing at all
	refusal  string // is said of every recipient, if it is something

	mu    sync.Mutex
	mails []string
	seen  []string // commands
}

// certificate returns a certificate for the address, and the file of its authority.
func certificate(t *testing.T, ip net.IP) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{ip}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

// serve takes connections at the address until the listener is closed.
func (s *smtpServer) serve(t *testing.T, address string) {
	t.Helper()
	var err error
	waitFor(t, "a place to listen", func() bool {
		s.listener, err = net.Listen("tcp", address)
		return err == nil
	})
	t.Cleanup(func() { _ = s.listener.Close() })
	go func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
}

func (s *smtpServer) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewReader(conn)
	if s.silent {
		_, _ = in.ReadString('\n')
		return
	}
	say := func(text string) { fmt.Fprint(conn, text+"\r\n") }
	say("220 mail ESMTP")
	encrypted, known := false, false
	for {
		text, err := in.ReadString('\n')
		if err != nil {
			return
		}
		text = strings.TrimRight(text, "\r\n")
		s.mu.Lock()
		s.seen = append(s.seen, text)
		s.mu.Unlock()
		verb, rest, _ := strings.Cut(text, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-mail")
			switch {
			case encrypted:
				say("250-AUTH PLAIN")
			case !s.bare:
				say("250-STARTTLS")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go ahead")
			secured := tls.Server(conn, s.tls)
			if secured.Handshake() != nil {
				return
			}
			conn, in, encrypted = secured, bufio.NewReader(secured), true
		case "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if known = encrypted && string(raw) == "\x00"+s.user+"\x00"+s.password; known {
				say("235 welcome")
			} else {
				say("535 who are you")
			}
		case "RCPT":
			s.mu.Lock()
			grey := s.grey > 0
			s.grey--
			refusal := s.refusal
			s.mu.Unlock()
			switch {
			case refusal != "":
				say(refusal)
			case !known:
				say("530 log in")
			case grey:
				say("451 4.7.1 greylisted, come again later")
			default:
				say("250 ok")
			}
		case "DATA":
			say("354 go on")
			var mail strings.Builder
			for {
				text, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if text == ".\r\n" {
					break
				}
				mail.WriteString(text)
			}
			s.mu.Lock()
			s.mails = append(s.mails, mail.String())
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *smtpServer) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.mails...)
}

// TestMail sends mail to a server that is down at first, wants encryption and a login, and
// greylists.
func TestMail(t *testing.T) {
	t.Parallel()
	cert, ca := certificate(t, net.IPv4(127, 0, 0, 1))
	server := &smtpServer{tls: &tls.Config{Certificates: []tls.Certificate{cert}}, user: "soc", password: "secret-password", grey: 2}
	place, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := place.Addr().String()
	_ = place.Close()
	c := configured(t, fmt.Sprintf(`
language: ja
email: {smarthost: '%s', from: sasumata@example.com, to: soc@example.com, username: soc, password_file: %s, ca_file: %s}
`, address, secretIn(t, "secret-password"), ca))
	s := start(t, c)
	n := bruteForce(signal.High)
	n.TitleJA = "総当たり\r\nBcc: everybody@example.com\r\n\r\n攻撃"
	n.Lines = []string{"line one\r\n.\r\nRCPT TO:<x@example.com>\x1b[31m"}
	s.put(t, n)
	waitFor(t, "a failure", func() bool {
		list := s.Undelivered()
		return len(list) == 1 && list[0].Target == "mail/email[0]" && strings.Contains(list[0].Error, "connection refused")
	})
	s.clock.forward(5 * time.Minute) // it is down for minutes
	server.serve(t, address)
	waitFor(t, "the mail", func() bool { return len(server.all()) == 1 })
	waitFor(t, "the end", func() bool { return len(s.Undelivered()) == 0 })
	message, err := mail.ReadMessage(strings.NewReader(server.all()[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if want := `[🔴 高] 総当たり\r\nBcc: everybody@example.com\r\n\r\n攻撃`; err != nil || subject != want {
		t.Errorf("subject %q, want %q, %v", subject, want, err)
	}
	if bcc := message.Header.Get("Bcc"); bcc != "" {
		t.Errorf("the log wrote a header: %s", bcc)
	}
	text := plainText(t, message)
	for _, want := range []string{"パスワードが試されています。", "192.0.2.7", `line one\r\n.\r\nRCPT`, "対応手順: runbooks/brute_force.md"} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
	if n := len(server.all()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// plainText returns the text of a mail.
func plainText(t *testing.T, m *mail.Message) string {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
