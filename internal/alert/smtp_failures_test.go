package alert

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// newSMTP returns a server that takes mail, and what a configuration says of it.
func newSMTP(t *testing.T, certified net.IP, change func(*smtpServer)) (s *smtpServer, email string) {
	t.Helper()
	cert, ca := certificate(t, certified)
	s = &smtpServer{tls: &tls.Config{Certificates: []tls.Certificate{cert}}, user: "soc", password: "secret-password"}
	change(s)
	s.serve(t, "127.0.0.1:0")
	return s, fmt.Sprintf("smarthost: '%s', from: sasumata@example.com, to: soc@example.com, username: soc, password_file: %s, ca_file: %s",
		s.listener.Addr(), secretIn(t, "secret-password"), ca)
}

// said returns the commands that the server heard.
func (s *smtpServer) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.seen, "\n")
}

// refuse sets what is said of every recipient.
func (s *smtpServer) refuse(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = text
}

// TestMailThatIsRefused refuses a recipient for good: it is shown as undelivered, tried
// again after a minute, and delivered when the server takes it after all.
func TestMailThatIsRefused(t *testing.T) {
	t.Parallel()
	server, email := newSMTP(t, net.IPv4(127, 0, 0, 1), func(s *smtpServer) { s.refusal = "550 5.1.1 no such user" })
	s := start(t, configured(t, "email: {"+email+"}\n"))
	n := bruteForce(signal.High)
	s.put(t, n)
	waitFor(t, "the refusal", func() bool {
		list := s.Undelivered()
		return len(list) == 1 && strings.Contains(list[0].Error, "550 \"5.1.1 no such user\"")
	})
	next := s.paceOf("mail/email[0]").next(n.key())
	if wait := next.Sub(s.now()); wait < 50*time.Second || wait > time.Minute {
		t.Errorf("it is tried again after %s", wait)
	}
	if list := s.Undelivered(); list[0].Attempts != 1 || !list[0].Next.Equal(next) {
		t.Errorf("%+v", list[0])
	}
	server.refuse("")
	s.clock.forward(time.Minute)
	waitFor(t, "the mail", func() bool { return len(server.all()) == 1 && len(s.Undelivered()) == 0 })
	if n := strings.Count(server.said(), "RCPT TO"); n != 2 {
		t.Errorf("%d attempts", n)
	}
}

// TestMailToAWrongServer gives no password to a server that is not the one that it says.
func TestMailToAWrongServer(t *testing.T) {
	t.Parallel()
	f := func(name, want string, certified net.IP, change func(*smtpServer), more func(string) string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, email := newSMTP(t, certified, change)
			s := start(t, configured(t, "email: {"+more(email)+"}\n"))
			s.put(t, bruteForce(signal.High))
			waitFor(t, "the failure", func() bool {
				list := s.Undelivered()
				return len(list) == 1 && strings.Contains(list[0].Error, want)
			})
			if text := server.said(); strings.Contains(text, "AUTH") || strings.Contains(text, "MAIL") {
				t.Errorf("it was told %s", text)
			}
		})
	}
	right, keep, same := net.IPv4(127, 0, 0, 1), func(*smtpServer) {}, func(email string) string { return email }
	f("another name", "certificate is valid for 192.0.2.1", net.IPv4(192, 0, 2, 1), keep, same)
	f("nobody knows it", "certificate signed by unknown authority", right, keep, func(email string) string { known, _, _ := strings.Cut(email, ", ca_file"); return known })
	f("no encryption", "does not advertise the STARTTLS extension", right, func(s *smtpServer) { s.bare = true }, same)
	f("it says nothing", "it does not answer", right, func(s *smtpServer) { s.silent = true }, same)
}

// TestAWrongPassword shows what the server says, and not the password.
func TestAWrongPassword(t *testing.T) {
	t.Parallel()
	_, email := newSMTP(t, net.IPv4(127, 0, 0, 1), func(s *smtpServer) { s.password = "another" })
	s := start(t, configured(t, "email: {"+email+"}\n"))
	s.put(t, bruteForce(signal.High))
	waitFor(t, "the failure", func() bool {
		list := s.Undelivered()
		return len(list) == 1 && strings.Contains(list[0].Error, `535 "who are you"`) && !strings.Contains(list[0].Error, "secret-password")
	})
}

// TestALogWritesNoMail puts into an alert what would be a header, a template or markup, on
// the way of a user's own routing: as subject, as another header, as text and as HTML.
func TestALogWritesNoMail(t *testing.T) {
	t.Parallel()
	server, email := newSMTP(t, net.IPv4(127, 0, 0, 1), func(*smtpServer) {})
	var smarthost, password, ca string
	for part := range strings.SplitSeq(email, ", ") {
		key, value, _ := strings.Cut(part, ": ")
		switch key {
		case "smarthost":
			smarthost = value
		case "password_file":
			password = value
		case "ca_file":
			ca = value
		}
	}
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	text := fmt.Sprintf(`
route: {receiver: mail, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: mail
    email_configs:
      - {to: soc@example.com, from: s@example.com, smarthost: %s, auth_username: soc, auth_password_file: %s, tls_config: {ca_file: %s},
         headers: {Subject: '{{ .CommonLabels.alertname }}', X-About: '{{ .CommonAnnotations.summary }}'},
         text: '{{ template "sasumata.text" . }}', html: '{{ template "email.default.html" . }}<p>{{ .CommonAnnotations.summary }}</p>'}
`, smarthost, password, ca)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, configured(t, "file: "+path+"\n"))
	// What comes through the API was made harmless by nobody.
	body := `[{"labels":{"alertname":"x\r\nBcc: a@example.com\r\n\r\nhello","ip":"192.0.2.1"},"annotations":{"summary":"{{ .Labels }}\r\nX-Evil: 1\r\n<script>alert(1)</script>"}}]`
	r := httptest.NewRequest(http.MethodPost, "/api/v2/alerts", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.API().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	n := bruteForce(signal.High)
	n.Rule, n.Title = "{{ template \"x\" }}\r\nBcc: a@example.com", "<script>alert(2)</script>{{ .Labels }}"
	s.put(t, n)
	waitFor(t, "both mails", func() bool { return len(server.all()) == 2 })
	for _, raw := range server.all() {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Get("Bcc") != "" || m.Header.Get("X-Evil") != "" {
			t.Errorf("a log wrote a header:\n%s", raw)
		}
		_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		parts, all := multipart.NewReader(m.Body, params["boundary"]), ""
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF { //nolint:errorlint // the package says so
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(quotedprintable.NewReader(part))
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") && bytes.Contains(content, []byte("<script>")) {
				t.Errorf("a log wrote markup:\n%s", content)
			}
			all += string(content)
		}
		if strings.Contains(all, "map[") || !strings.Contains(all, "{{ ") {
			t.Errorf("a log wrote a template:\n%s", all)
		}
	}
}
