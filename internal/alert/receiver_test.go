package alert

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/program"
)

func hostile() *delivery {
	return &delivery{
		message: message{Title: "[HIGH] <!channel> [To:1] @**all**", Text: "■ `x` <users/all> [info]\n    log \\x1b[2J"}, Key: "0011",
		Severity: "high", Receiver: "r", At: time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC),
		Notices: []told{{Labels: map[string]string{"alertname": "a \"b\"\n", "ip": "192.0.2.1"}, Status: "firing"}},
	}
}

func sent(t *testing.T, s sender, d *delivery) (bool, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return s.send(ctx, d)
}

func TestPresets(t *testing.T) {
	f := func(w Webhook, path string, body func(string) string, header, value string) {
		t.Helper()
		server := newSink(t)
		w.URLFile, w.TokenFile, w.Timeout = secretIn(t, server.URL+path), secretIn(t, "token"), time.Second
		if _, err := sent(t, newWebhookSender(&w), hostile()); err != nil {
			t.Errorf("%s: %v", w.Preset, err)
			return
		}
		got := server.requests()[0]
		if text := body(got.body); text != "" {
			t.Errorf("%s: %s: %s", w.Preset, text, got.body)
		}
		if header != "" && got.header.Get(header) != value {
			t.Errorf("%s: header %s is %q", w.Preset, header, got.header.Get(header))
		}
	}
	field := func(path, want string) func(string) string {
		return func(body string) string {
			var v any
			if err := json.Unmarshal([]byte(body), &v); err != nil {
				return err.Error()
			}
			for name := range strings.SplitSeq(path, ".") {
				m, ok := v.(map[string]any)
				if !ok {
					return "no " + path
				}
				v = m[name]
			}
			if text, ok := v.(string); !ok || !strings.Contains(text, want) {
				return "no " + want
			}
			return ""
		}
	}
	form := func(key, want string) func(string) string {
		return func(body string) string {
			v, err := url.ParseQuery(body)
			if err != nil || !strings.Contains(v.Get(key), want) {
				return "no " + want
			}
			return ""
		}
	}
	f(Webhook{Preset: presetJSON}, "/x", field("title", "[HIGH]"), "Authorization", "Bearer token")
	f(Webhook{Preset: presetGoogleChat}, "/v1/spaces/A/messages", field("text", "‹users/all›"), "", "")
	f(Webhook{Preset: presetNtfy, To: "soc"}, "", field("topic", "soc"), "Authorization", "Bearer token")
	f(Webhook{Preset: presetGotify}, "", field("message", "■"), "X-Gotify-Key", "token")
	f(Webhook{Preset: presetMatrix, To: "!room:example.com"}, "", field("msgtype", "m.text"), "Authorization", "Bearer token")
	f(Webhook{Preset: presetLineWorks}, "/v1.0/bots/1/channels/2/messages", field("content.text", "■"), "Authorization", "Bearer token")
	f(Webhook{Preset: presetZulip, To: "security", User: "bot@example.com"}, "", form("content", "＠**all**"), "Authorization", "Basic Ym90QGV4YW1wbGUuY29tOnRva2Vu")
	f(Webhook{Preset: presetChatwork}, "/v2/rooms/1/messages", form("body", "［To:1］"), "X-Chatworktoken", "token")
}

func TestWebhookFailures(t *testing.T) {
	f := func(status int, retry bool) {
		t.Helper()
		server := newSink(t, status)
		server.answer = "no\x1b[2J"
		w := newWebhookSender(&Webhook{Preset: presetJSON, URLFile: secretIn(t, server.URL+"/hidden-secret"), Timeout: time.Second})
		again, err := sent(t, w, hostile())
		if err == nil || again != retry || strings.Contains(err.Error(), "hidden-secret") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%d: retry %t, %v", status, again, err)
		}
	}
	f(http.StatusServiceUnavailable, true)
	f(http.StatusTooManyRequests, true)
	f(http.StatusBadRequest, false)
	f(http.StatusFound, false) // nothing follows it
	hanging := newSink(t)
	hanging.hang = make(chan struct{})
	defer close(hanging.hang)
	w := newWebhookSender(&Webhook{Preset: presetJSON, URLFile: secretIn(t, hanging.URL+"/hidden-secret"), Timeout: 100 * time.Millisecond})
	if again, err := sent(t, w, hostile()); err == nil || !again || strings.Contains(err.Error(), "hidden-secret") {
		t.Errorf("hanging: retry %t, %v", again, err)
	}
}

func TestExec(t *testing.T) {
	sh, err := filepath.Abs("/bin/sh")
	if _, e := os.Stat(sh); err != nil || e != nil {
		t.Skip("no /bin/sh")
	}
	out := filepath.Join(t.TempDir(), "out")
	e := &execSender{Exec{Command: []string{sh, "-c", `cat > "$1"; echo "$2" >> "$1"`, "sh", out, "$(id) `id`"}, Timeout: 10 * time.Second}}
	if _, err := sent(t, e, hostile()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(text), `"severity":"high"`) || !strings.Contains(string(text), "$(id) `id`") {
		t.Errorf("%s, %v", text, err)
	}
	slow := &execSender{Exec{Command: []string{sh, "-c", "sleep 60"}, Timeout: 50 * time.Millisecond}}
	if retry, err := sent(t, slow, hostile()); err == nil || !retry || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("%t, %v", retry, err)
	}
	loud := &execSender{Exec{Command: []string{sh, "-c", "yes no | head -c 1000000; exit 3"}, Timeout: 10 * time.Second}}
	if _, err := sent(t, loud, hostile()); err == nil || len(err.Error()) > 2*program.MaxOutput+200 {
		t.Errorf("%d bytes of an error", len(err.Error()))
	}
}

func TestSyslog(t *testing.T) {
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = udp.Close() }()
	s := &syslogSender{Syslog{Protocol: "udp", Address: udp.LocalAddr().String()}, "web 1\n"}
	if _, err := sent(t, s, hostile()); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	_ = udp.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, _, err := udp.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	want := "<107>1 2026-11-22T01:02:03.000Z web1 sasumata - notice - \ufeff[HIGH] <!channel> [To:1] @**all** | alertname=\"a \\\"b\\\"\\n\" ip=\"192.0.2.1\""
	if got := string(buf[:n]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tcp.Close() }()
	got := make(chan string, 1)
	go func() {
		conn, err := tcp.Accept()
		if err != nil {
			return
		}
		text, _ := bufio.NewReader(conn).ReadString('\x00')
		got <- text
	}()
	s.Protocol, s.Address = "tcp", tcp.Addr().String()
	if _, err := sent(t, s, hostile()); err != nil {
		t.Fatal(err)
	}
	if text := <-got; !strings.HasPrefix(text, "132 <107>1 ") {
		t.Errorf("no length before the message: %q (%d)", text, len(text))
	}
}

func TestConsoleFitsAScreen(t *testing.T) {
	out := &buffer{}
	d := hostile()
	d.Text = strings.Repeat("\x1b]0;title\x07"+strings.Repeat("x", 500)+"\n", 500)
	if _, err := sent(t, &consoleSender{out: out, color: true}, d); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.Count(text, "\n") > 25 || strings.Count(text, "\x1b") != 2 || strings.Contains(text, "\x07") {
		t.Errorf("%q", text)
	}
	d.Text = strings.Repeat("log\n", 500) + "  what to do: x\n  look into it: y\n  I take care of it: z\n"
	out = &buffer{}
	if _, err := sent(t, &consoleSender{out: out}, d); err != nil {
		t.Fatal(err)
	}
	text = out.String()
	if strings.Count(text, "\n") != 24 || !strings.HasSuffix(text, "log\n  … 483\nlog\n  what to do: x\n  look into it: y\n  I take care of it: z\n") || strings.Count(text, "log\n") != 17 {
		t.Errorf("%q", text)
	}
	if _, err := sent(t, &consoleSender{out: broken{}}, d); err == nil {
		t.Error("a console that is gone takes everything")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestFileTakesLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n.jsonl")
	for range 2 {
		if _, err := sent(t, &fileSender{path: path}, hostile()); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "\n") != 2 || !json.Valid([]byte(strings.SplitN(string(text), "\n", 2)[0])) {
		t.Errorf("%s, %v", text, err)
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("a\x1b[2J\u202e\xff\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		got := Visible(s)
		if strings.ContainsFunc(got, steers) || Visible(got) != got {
			t.Fatalf("%q", got)
		}
		for _, most := range []int{3, 10, 100} {
			if c := clip(s, most); len(c) > most {
				t.Fatalf("%q has more than %d bytes", c, most)
			}
		}
	})
}
