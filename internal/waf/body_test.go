package waf_test

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
)

// A body that the log has as a part of its own JSON is one all the same.
func TestABodyInsideALog(t *testing.T) {
	i, m, e := inspector(t), waf.NewMachine(), event.New()
	for text, attack := range map[string]bool{
		`{"http":{"method":"POST","url":"/a","request":{"body":{"a":{"q":"1' UNION SELECT name, password FROM users-- -"}}}}}`: true,
		`{"http":{"method":"POST","url":"/a","request":{"body":[1,"1' UNION SELECT name, password FROM users-- -"]}}}`:         true,
		`{"http":{"method":"POST","url":"/a","request":{"body":{"a":{"q":"tea"}}}}}`:                                           false,
		`{"http":{"method":"POST","url":"/a","request":{"body":7}}}`:                                                           false,
	} {
		e.Reset()
		if !e.MergeJSON(text, event.JSONOptions{}) {
			t.Fatal("bad JSON")
		}
		if v := i.Inspect(e, m); v.Attack != attack {
			t.Errorf("%s: attack %v, want %v", text, v.Attack, attack)
		}
	}
}

// What a rich access log has besides is judged as well.
func TestCookiesAndBodies(t *testing.T) {
	i, m := inspector(t), waf.NewMachine()
	const injection = "1' UNION SELECT name, password FROM users-- -"
	f := func(name string, attack bool, attributes map[string]string) {
		t.Helper()
		e := event.New()
		e.Set(event.HTTPMethod, event.StringValue("POST"))
		e.Set(event.HTTPURL, event.StringValue("/search"))
		for path, text := range attributes {
			e.Set(path, event.StringValue(text))
		}
		if v := i.Inspect(e, m); v.Attack != attack {
			t.Errorf("%s: attack %v, want %v: %s", name, v.Attack, attack, e.AppendRecord(nil))
		}
		if got := look(e); attack && (got.Score < 10 || len(got.CRS) < 2 || got.Categories[0] != "sql_injection" && attributes[event.HTTPBody] != "") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	const urlencoded = "application/x-www-form-urlencoded"
	f("nothing besides", false, nil)
	f("a form", true, map[string]string{event.HTTPBody: "page=2&q=" + injection, event.HTTPContentType: urlencoded})
	f("a form that is encoded", true, map[string]string{event.HTTPBody: "q=1%27%20UNION%20SELECT%20name%2C%20password%20FROM%20users--%20-", event.HTTPContentType: urlencoded + "; charset=utf-8"})
	f("a body of which the log does not say the kind", true, map[string]string{event.HTTPBody: "q=" + injection})
	f("JSON", true, map[string]string{event.HTTPBody: `{"page":2,"filter":{"name":["` + injection + `"]}}`, event.HTTPContentType: "application/json; charset=utf-8"})
	f("JSON with escapes, cut off", true, map[string]string{event.HTTPBody: `{"page":2,"q":"1\u0027 UNION SELECT name, password FROM users-- -`, event.HTTPContentType: "application/vnd.api+json"})
	f("JSON of which the log does not say the kind", true, map[string]string{event.HTTPBody: `{"q":"` + injection + `"}`, event.HTTPContentType: "-"})
	f("XML", true, map[string]string{event.HTTPBody: `<?xml version="1.0"?><search><q>` + injection + `</q></search>`, event.HTTPContentType: "application/xml"})
	f("XML, cut off", true, map[string]string{event.HTTPBody: `<search q="` + injection, event.HTTPContentType: "application/soap+xml; action=search"})
	f("a form in parts", true, map[string]string{event.HTTPBody: "--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n" + injection + "\r\n--b--\r\n", event.HTTPContentType: "multipart/form-data; boundary=b"})
	f("a Content-Type that is an expression", true, map[string]string{event.HTTPContentType: "%{(#nike='multipart/form-data').(#dm=@ognl.OgnlContext@DEFAULT_MEMBER_ACCESS).(#cmd='id').(#p=new java.lang.ProcessBuilder(#cmds)).(#process=#p.start())}"})
	f("an ordinary Content-Type", false, map[string]string{event.HTTPContentType: "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"})
	f("a query of GraphQL", false, map[string]string{event.HTTPBody: `{"operationName":"User","variables":{"id":"7","first":10},"query":"query User($id: ID!, $first: Int) { user(id: $id) { name orders(first: $first) { nodes { id total } } } }"}`, event.HTTPContentType: "application/json"})
	f("an ordinary call of SOAP", false, map[string]string{event.HTTPBody: `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Header/><soap:Body><GetOrder xmlns="http://example.com/"><id xsi:type="xsd:int">7</id><at>2026-01-02T03:04:05Z</at></GetOrder></soap:Body></soap:Envelope>`, event.HTTPContentType: "text/xml; charset=utf-8"})
	f("a browser's report", false, map[string]string{event.HTTPBody: `{"csp-report":{"document-uri":"https://shop.example/list?page=2","violated-directive":"script-src 'self'","blocked-uri":"inline","original-policy":"default-src 'none'; script-src 'self' https://cdn.example; report-uri /csp"}}`, event.HTTPContentType: "application/json"})
	f("ordinary JSON", false, map[string]string{event.HTTPBody: `{"name":"O'Brien","comment":"select a table from the list","html":"<b>x</b>","at":"2026-01-02T03:04:05Z"}`, event.HTTPContentType: "application/json"})
	f("ordinary XML", false, map[string]string{event.HTTPBody: `<?xml version="1.0" encoding="ISO-8859-1"?><order xmlns="urn:a"><name>O'Brien &amp; Sons</name></order>`, event.HTTPContentType: "text/xml"})
	f("an ordinary file", false, map[string]string{event.HTTPBody: "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"photo (1).jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\x00' or 1=1--\r\n--b--\r\n", event.HTTPContentType: "multipart/form-data; boundary=b"})
	f("no form", false, map[string]string{event.HTTPBody: "q=" + injection, event.HTTPContentType: "text/plain"})
	f("an ordinary form", false, map[string]string{event.HTTPBody: "name=O'Brien&comment=select+a+table+from+the+list", event.HTTPContentType: urlencoded})
	f("a cookie", true, map[string]string{event.HTTPCookie: "lang=ja; id=" + injection})
	f("ordinary cookies", false, map[string]string{event.HTTPCookie: "lang=ja; sid=0f8fad5b-d9cb-469f-a165-70867728950e; _ga=GA1.2.1234567890.1700000000"})
}
