package query

import "testing"

func BenchmarkMatch(b *testing.B) {
	e := accessLog(b)
	for _, text := range hotQueries() {
		q := mustParse(b, text)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				q.Match(e)
			}
		})
	}
}

func BenchmarkMatchAttributeMissing(b *testing.B) {
	e := accessLog(b)
	q := mustParse(b, `@userIdentity.type:IAMUser`)
	b.ReportAllocs()
	for b.Loop() {
		q.Match(e)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, text := range []string{
		`@http.status_code:[500 TO 599]`,
		`source:elb @http.status_code:[400 TO 499] @http.useragent:(*burp* OR *nikto* OR *nmap* OR *sqlmap*) -@network.client.ip:10.*`,
	} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
