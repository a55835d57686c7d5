package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
)

func TestCharactersOfSecrets(t *testing.T) {
	f := func(name string, is func(byte) bool, want string) {
		t.Helper()
		var got []byte
		for c := range 256 {
			if is(byte(c)) {
				got = append(got, byte(c))
			}
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("isToken", isToken, "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
	f("endsName", endsName, ` "'12CDEMNRSTVY\]cdemnrstvy`)
}

func TestRedactText(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got, found := redacted(text)
		if found != (text != want) {
			t.Errorf("%s: found is %v", text, found)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if again, found := redacted(got); found {
			t.Errorf("%s: a second time it becomes %s", text, again)
		}
	}
	f(`login user=ann password=hunter2 ok`, `login user=ann password=[REDACTED:password] ok`)
	f(`GET /l?user=ann&passwd=a%20b&x=1 HTTP/1.1`, `GET /l?user=ann&passwd=[REDACTED:password]&x=1 HTTP/1.1`)
	f(`{"user":"ann","Password" : "a\"b,c","n":1}`, `{"user":"ann","Password" : "[REDACTED:password]","n":1}`)
	f(`POST /u?user%5Bpassword%5D=hunter2&user[password]=a&x[token]=b HTTP`, `POST /u?user%5Bpassword%5D=[REDACTED:password]&user[password]=[REDACTED:password]&x[token]=[REDACTED:token] HTTP`)
	f(`password_confirmation=a&password1=b&pwd2=c&passwordAgain=d&confirm_password=e&password-repeat=f`, `password_confirmation=[REDACTED:password]&password1=[REDACTED:password]&pwd2=[REDACTED:password]&passwordAgain=[REDACTED:password]&confirm_password=[REDACTED:password]&password-repeat=[REDACTED:password]`)
	f("--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter 2\r\n--x--", "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n[REDACTED:password]\r\n--x--")
	f(`{"body":"--x\r\nContent-Disposition: form-data; name=\"user[pass]\"\r\n\r\nhunter2\r\n--x--"}`, `{"body":"--x\r\nContent-Disposition: form-data; name=\"user[pass]\"\r\n\r\n[REDACTED:password]\r\n--x--"}`)
	f(`{"body":"{\"api_key\":\"abc\",\"n\":1}"}`, `{"body":"{\"api_key\":\"[REDACTED:key]\",\"n\":1}"}`)
	f(`{"password":"hunter2"}`, `{"password":"[REDACTED:password]"}`)
	f(`"request_body":"{\"user\":\"ann\",\"password\":\"hunter2"}`, `"request_body":"{\"user\":\"ann\",\"password\":\"[REDACTED:password]"}`)
	f(`<a><wsse:Password Type="x">hunter2</wsse:Password><n>1</n></a>`, `<a><wsse:Password Type="x">[REDACTED:password]</wsse:Password><n>1</n></a>`)
	f(`"body":"<token><![CDATA[a<b]]><\/token><password>hun"`, `"body":"<token><![CDATA[[REDACTED:token]]]><\/token><password>[REDACTED:password]"`)
	f(`"b":"\u003ctoken a=\"b\"\u003eabc\u003c/token\u003e"`, `"b":"\u003ctoken a=\"b\"\u003e[REDACTED:token]\u003c/token\u003e"`)
	f("; name=\"password\"\r\n\r\nhunter2\r\n--x; name=\"a\"\r\n\r\nb\r\n--x--", "; name=\"password\"\r\n\r\n[REDACTED:password]\r\n--x; name=\"a\"\r\n\r\nb\r\n--x--")
	f(`"body":"--x\r\nContent-Disposition: form-data; name=\"passwd\"\r\nContent-Type: text/plain\r\n\r\nhunter2\r\n--x--"`, `"body":"--x\r\nContent-Disposition: form-data; name=\"passwd\"\r\nContent-Type: text/plain\r\n\r\n[REDACTED:password]\r\n--x--"`)
	f(`{"access_token":12345,"n":1}`, `{"access_token":[REDACTED:token],"n":1}`)
	f(`{"cookies":["a=b; c=d","e=f"],"n":1}`, `{"cookies":"[REDACTED:cookie]","n":1}`)
	f(`Authorization: Bearer abc.def-ghi`, `Authorization: [REDACTED:authorization]`)
	f(`"Cookie: a=b; c=d" 200`, `"Cookie: [REDACTED:cookie]" 200`)
	f(`X-API-Key: abc, client_secret=x; DB_PASSWORD=y`, `X-API-Key: [REDACTED:key], client_secret=[REDACTED:secret]; DB_PASSWORD=[REDACTED:password]`)
	f(`--password hunter2 --token=abc --user ann`, `--password [REDACTED:password] --token=[REDACTED:token] --user ann`)
	f(`postgres://ann:hunter2@db:5432/x http://example.com:80/a:b@c`, `postgres://ann:[REDACTED:password]@db:5432/x http://example.com:80/a:b@c`)
	f(`got eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl from`, `got [REDACTED:jwt] from`)
	f(`key ghp_0123456789abcdefghijABCDEFGHIJ012345 and sk_live_0123456789abcdefgh`, `key [REDACTED:token] and [REDACTED:token]`)
	f(`paid with 4111 1111 1111 1111, or 378282246310005.`, `paid with [REDACTED:card], or [REDACTED:card].`)
	f(`-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----`, `-----BEGIN RSA PRIVATE KEY-----[REDACTED:private_key]-----END RSA PRIVATE KEY-----`)
	f(`PHPSESSID=0123456789abcdef; a=b`, `PHPSESSID=[REDACTED:session]; a=b`)

	for _, clean := range []string{
		`Failed password for root from 203.0.113.7 port 22 ssh2`,
		`Access denied for user 'root'@'gw' (using password: YES)`,
		`ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/ls --color auto`,
		`pam_unix(sshd:session): session opened for user ann`,
		`sessionid=4414 proto=6 action="close"`, `{"pwd":"/srv","token":null,"secret":""}`,
		`4111111111111112 1557773104815101919 12345678-1234-1234-1234-123456789012`,
		`https://example.com:8443/a?b=c std::token::x compass=north bypass: on`,
		`name="password" x name="user"`, " name=\"user\"\r\n\r\nann\r\n", `page1=2 x]=1 %5D=2 compass2=north`,
		`usage: login <password> <user>`, `<token/>x`, `<password></password>`, `<input name="password"> a`, `token -> x`, `-----BEGIN CERTIFICATE-----`, ``, `=`, `:`, `password=`, `password`, `"cookie":`,
	} {
		f(clean, clean)
	}
}

func TestRedactEvent(t *testing.T) {
	m, e := NewMachine(testClock()), event.New()
	f := func(raw, attributes, want string) {
		t.Helper()
		e.Reset()
		m.begin()
		e.Raw, e.Message = raw, raw
		if !e.MergeJSON(attributes, event.JSONOptions{}) {
			t.Fatal("bad attributes")
		}
		m.Redact(e)
		if diff := cmp.Diff(want, e.Raw+" "+string(e.AppendJSON(nil, e.Root()))); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
	}
	f(`x`, `{"pwd":"/srv","http":{"q":{"Password":"a","b":"c"}},"l":[{"token":7}],"token":false}`, `x {"pwd":"/srv","http":{"q":{"Password":"[REDACTED:password]","b":"c"}},"l":[{"token":"[REDACTED:token]"}],"token":false}`)
	f(`GET /?token=abc`, `{"url":"/?token=abc","argv":["a","--token=abc",1]}`, `GET /?token=[REDACTED:token] {"url":"/?token=[REDACTED:token]","argv":["a","--token=[REDACTED:token]",1]}`)
	f(`y`, `{"cookie":["a=b"],"cvv":123}`, `y {"cookie":["[REDACTED:cookie]"],"cvv":"[REDACTED:card]"}`)
	if m.Stats.Redacted != 3 {
		t.Errorf("%d events are counted, want 3", m.Stats.Redacted)
	}
}

func TestRedactAs(t *testing.T) {
	e := event.New()
	f := func(name, text, want string) {
		t.Helper()
		e.Reset()
		e.Set("security.payload", event.StringValue(text))
		RedactAs(e, "security.payload", name)
		if got := e.Text("security.payload"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	f("json.user.password", "hunter2' or 1=1", "[REDACTED:password]")
	f("PHPSESSID", "0123456789abcdef'", "[REDACTED:session]")
	f("json.password", "null", "null")
	f("json.q", "hunter2", "hunter2")
	f("", "hunter2", "hunter2")
	RedactAs(e, "no.such.attribute", "password")
	if _, ok := e.Get("no.such.attribute"); ok {
		t.Error("an attribute comes into being")
	}
}

func TestRedactProcessor(t *testing.T) {
	got := process(t, `type: redact-processor, sources: [a.b, none]`, `{"a":{"b":"geheim"},"message":"it is geheim"}`)
	if want := `{"custom":{"a":{"b":"[REDACTED:b]"}},"message":"it is [REDACTED:b]"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

const accessLine = `203.0.113.7 - - [17/May/2026:10:05:03 +0000] "GET /search/products/list?q=green+tea&page=2&sort=price HTTP/1.1" 200 20318 "https://www.example.com/index.html" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0"`

func TestRedactCleanLineAllocatesNothing(t *testing.T) {
	m, e := NewMachine(testClock()), event.New()
	e.Raw, e.Message = accessLine, accessLine
	e.MergeJSON(`{"http":{"url":"/search","url_details":{"queryString":{"q":"tea"}},"status_code":200},"network":{"client":{"ip":"203.0.113.7"}},"l":["a"]}`, event.JSONOptions{})
	if n := testing.AllocsPerRun(100, func() { m.Redact(e) }); n != 0 {
		t.Errorf("%v allocations for a clean event", n)
	}
}

func BenchmarkRedactClean(b *testing.B) {
	b.SetBytes(int64(len(accessLine)))
	for b.Loop() {
		redacted(accessLine)
	}
}

func BenchmarkRedactCleanEvent(b *testing.B) {
	m, e := NewMachine(testClock()), event.New()
	e.Raw, e.Message = accessLine, accessLine
	e.MergeJSON(`{"http":{"url":"/search","method":"GET","useragent":"x","referer":"y","url_details":{"path":"/x","queryString":{"q":"tea","page":"2"}},"status_code":200},"network":{"client":{"ip":"203.0.113.7"}}}`, event.JSONOptions{})
	for b.Loop() {
		m.Redact(e)
	}
}

func BenchmarkRedactDirty(b *testing.B) {
	line := strings.Replace(accessLine, "q=green", "token=green", 1)
	for b.Loop() {
		redacted(line)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add(`{"password":"a\"b","cookies":["x"]} --token y http://a:b@c 4111111111111111`)
	f.Add(`<password>x</password>; name="token"` + "\r\n\r\nx\r\n")
	f.Add(`Authorization: Bearer x` + "\n" + `-----BEGIN PRIVATE KEY-----x`)
	f.Fuzz(func(t *testing.T, text string) {
		got, found := redacted(text)
		if !found && got != text {
			t.Fatal("changed without a finding")
		}
		if len(got) > len(text)*12+64 {
			t.Fatalf("%d bytes became %d", len(text), len(got))
		}
	})
}

// secrets returns n members of a JSON object.
func secrets(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d_token":"a"`, i)
	}
	return b.String()
}

func TestRedactAnEventThatIsFullOfSecrets(t *testing.T) {
	m, e := NewMachine(testClock()), event.New()
	e.Raw = `{"x":1` + secrets(3*maxMasked) + `,"usr":{"name":"ann"}}`
	if !e.MergeJSON(e.Raw, jsonIntake()) {
		t.Fatal("bad JSON")
	}
	m.Redact(e)
	if diff := cmp.Diff(`{"usr":{"name":"ann"}}`, string(e.AppendJSON(nil, e.Root()))); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(e.Raw, `"a"`) {
		t.Error("the raw text still holds a secret")
	}
}

func BenchmarkRedactFullOfSecrets(b *testing.B) {
	raw := `{"x":1` + secrets(16000) + `}`
	m, e := NewMachine(testClock()), event.New()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		e.Reset()
		e.Raw = raw
		e.MergeJSON(raw, jsonIntake())
		m.Redact(e)
	}
}
