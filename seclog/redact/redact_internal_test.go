package redact

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
		got, found := Text(text)
		if found != (text != want) {
			t.Errorf("%s: found is %v", text, found)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if again, found := Text(got); found {
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

	f(`/login?next=%2Fa%3Ftoken%3Dabc%26n%3D1&x=1`, `/login?next=%2Fa%3Ftoken%3D[REDACTED:token]%26n%3D1&x=1`)
	f(`/login?next=%252Fa%253Fpassword%253Dabc%2526n=1`, `/login?next=%252Fa%253Fpassword%253D[REDACTED:password]%2526n=1`)
	f(`/q?filter=%7B%22secret%22%3A%22abc%22%7D`, `/q?filter=%7B%22secret%22%3A%22[REDACTED:secret]%22%7D`)
	f(`sent Basic YWxpY2U6aHVudGVyMg== to it`, `sent Basic [REDACTED:authorization] to it`)

	for _, clean := range []string{
		`a basic principle: basic YWxpY2U`, `/a%3Db%26token%3D%26x%3D1`, `100%`, `%`, `%3`, `%3D`, `%25`,
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

const accessLine = `203.0.113.7 - - [17/May/2026:10:05:03 +0000] "GET /search/products/list?q=green+tea&page=2&sort=price HTTP/1.1" 200 20318 "https://www.example.com/index.html" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0"`

func BenchmarkClean(b *testing.B) {
	b.SetBytes(int64(len(accessLine)))
	for b.Loop() {
		Text(accessLine)
	}
}

func BenchmarkDirty(b *testing.B) {
	line := strings.Replace(accessLine, "q=green", "token=green", 1)
	for b.Loop() {
		Text(line)
	}
}

func TestEveryNameOfASecret(t *testing.T) {
	for _, name := range []string{
		"password", "passwd", "pwd", "pass", "password1", "pwd2", "passwordconfirm", "sessionid", "sessid", "connect.sid", "creditcard",
		"cookies", "cookie", "passphrase", "secret", "passwordrepeat", "passwordconfirmation", "passwordagain", "token",
		"authorization", "apikey", "secretkey", "accesskey", "privatekey", "cardnumber", "cvv", "cvc",
	} {
		last := len(name) - 1
		for _, form := range []string{name, strings.ToUpper(name), name[:1] + "_-" + name[1:], name[:last-1] + "-" + name[last-1:], "x[" + name + "]", "_" + name + "%5D"} {
			if Kind(form) == "" {
				t.Errorf("%s is no secret", form)
			}
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add(`{"password":"a\"b","cookies":["x"]} --token y http://a:b@c 4111111111111111`)
	f.Add(`<password>x</password>; name="token"` + "\r\n\r\nx\r\n")
	f.Add(`Authorization: Bearer x` + "\n" + `-----BEGIN PRIVATE KEY-----x`)
	f.Fuzz(func(t *testing.T, text string) {
		got, found := Text(text)
		if !found && got != text {
			t.Fatal("changed without a finding")
		}
		// What is judged as plain has no secret when it is longer, either.
		if long, _ := Text(text + " " + strings.Repeat(". ", minToken)); isPlain(text) && len(text) < minToken && !strings.HasPrefix(long, text) {
			t.Fatalf("%q is taken as plain, and is %q", text, long)
		}
		if len(got) > len(text)*12+64 {
			t.Fatalf("%d bytes became %d", len(text), len(got))
		}
	})
}

func TestCleanTextAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Text(accessLine) }); n != 0 {
		t.Errorf("%v allocations for a clean line", n)
	}
}

func TestValue(t *testing.T) {
	f := func(name, value, want string) {
		t.Helper()
		if got, found := Value(name, value); got != want || found != (want != value) {
			t.Errorf("%s=%s: %s, %v", name, value, got, found)
		}
	}
	f("DB_PASSWORD", "hunter2", "[REDACTED:password]")
	f("user[password]", "hunter2", "[REDACTED:password]")
	f("Set-Cookie", "a=b", "[REDACTED:cookie]")
	f("pwd", "/srv", "/srv")
	f("token", "expired", "expired")
	f("token", "", "")
	f("name", "hunter2", "hunter2")
}

func TestEncoded(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		if got := Encoded(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	f("cGFzc3dvcmQ9aHVudGVyMg==", true)
	f("cGFzc3dvcmQ9aHVudGVyMg", true)
	f("eyJwYXNzd29yZCI6Imh1bnRlcjIifQ==", true)
	f("bmFtZT1hbGljZSBtb3Jl", false)
	f("0123456789abcdef0123456789abcdef", false)
	f("hello world this is no base64", false)
}
