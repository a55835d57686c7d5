package query

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

// hotQueries are the kinds of clause, on the event of accessLog.
func hotQueries() []string {
	return []string{
		`source:nginx service:shop-front -status:error`,
		`@http.status_code:[400 TO 499]`,
		`@http.method:(POST OR PUT OR GET) @http.status_code:404`,
		`@http.useragent:*Firefox* @http.url:/wp-*.php?a=*`,
		`@size:>=1000 @duration:<0.5 @http.version:[1.0 TO 1.1]`,
		`env:prod team:(data OR web) tags:canary`,
		`"wp login" firefox -chrome lin*`,
		`CIDR(@network.client.ip, 10.0.0.0/8, 203.0.113.0/24)`,
		`*:wordpress *:4711`,
		`security.rules:scanner @security.attack:true @auth:"" -@usr.id:*`,
		`timestamp:>2025-01-01 host:web-?.* trace_id:*`,
		`@duration:0.2* @pid:47?1 @pid:[4 TO 5a]`,
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	e := accessLog(t)
	f := func(e *event.Event, text string, want bool) {
		t.Helper()
		q := mustParse(t, text)
		if got := q.Match(e); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
		if n := testing.AllocsPerRun(100, func() { q.Match(e) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
	for _, text := range hotQueries() {
		f(e, text, true)
	}

	// Values that look like what they are not.
	hostile := fromJSON(t, `{
		"n": ["10.0.0.1", "1e999", "--1", "0x10", "1.2.3", "+", "9999999999999999999999999999999999999999999999999999999999999999999999"],
		"ip": ["aa:bb:cc:dd:ee:ff", "1:2", "300.1.1.1", "1.2.3.4.5", "::1::", "10.0.0.1/8", "%", "fe80::%"],
		"rows": [{"x": "a"}, {"x": "b"}, {"x": 0.000001234567890123456}]
	}`)
	f(hostile, `@n:>0`, false)
	f(hostile, `@n:[1 TO 5]`, false)
	f(hostile, `CIDR(@ip, 0.0.0.0/0, ::/0)`, false)
	f(hostile, `@rows.x:z*`, false)
	f(hostile, `@rows.x:b`, true)
	f(hostile, `*:zzz`, false)
}
