package auth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/auth"
)

func proxies(t *testing.T, texts ...string) auth.Proxies {
	t.Helper()
	p, err := auth.ParseProxies(texts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestClientsBehindProxies(t *testing.T) {
	all := proxies(t, "192.0.2.1", "198.51.100.0/24", "2001:db8::/48", "127.0.0.1")
	f := func(remote, want string, said ...string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = remote
		for _, one := range said {
			r.Header.Add("X-Forwarded-For", one)
		}
		got := ""
		auth.Behind(func() auth.Proxies { return all }, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = auth.Peer(r) })).ServeHTTP(httptest.NewRecorder(), r)
		if got != want {
			t.Errorf("%s with %q is %s, want %s", remote, said, got, want)
		}
	}
	f("203.0.113.9:1", "203.0.113.9")
	f("203.0.113.9:1", "203.0.113.9", "10.0.0.1")                                 // nobody believes it
	f("192.0.2.1:1", "203.0.113.9", "203.0.113.9")                                // a proxy
	f("192.0.2.1:1", "203.0.113.9", "10.0.0.1, 203.0.113.9")                      // the client wrote the first
	f("192.0.2.1:1", "203.0.113.9", "10.0.0.1", "203.0.113.9")                    // as another header
	f("192.0.2.1:1", "203.0.113.9", "192.0.2.1, 203.0.113.9, 198.51.100.7")       // two proxies; the client lies
	f("192.0.2.1:1", "198.51.100.7", "198.51.100.7")                              // the proxy itself asks
	f("192.0.2.1:1", "192.0.2.1")                                                 // says nothing
	f("192.0.2.1:1", "192.0.2.1", "")                                             // says nothing, either
	f("192.0.2.1:1", "192.0.2.1", "unknown")                                      // no address: who said it is meant
	f("192.0.2.1:1", "198.51.100.7", "203.0.113.9, x, 198.51.100.7")              // not beyond what cannot be read
	f("192.0.2.1:1", "203.0.113.9", "203.0.113.9:4711")                           // with a port
	f("[2001:db8::1]:1", "2001:db8:1::1", "[2001:db8:1::1]:4711")                 // of IPv6
	f("[::ffff:192.0.2.1]:1", "203.0.113.9", "::ffff:203.0.113.9")                // one in the other
	f("127.0.0.1:1", "203.0.113.9", " 203.0.113.9 ")                              // on the machine itself
	f("192.0.2.1:1", "192.0.2.1", strings.Repeat("192.0.2.1,", 1000)+"192.0.2.1") // ends
	f("x", "x", "203.0.113.9")
	all = nil
	f("127.0.0.1:1", "127.0.0.1", "203.0.113.9") // nobody is believed
}

func TestProxiesThatAreWrong(t *testing.T) {
	for _, text := range []string{"", "x", "0.0.0.0/0", "::/0", "192.0.2.1/33", "fe80::1%eth0", "::ffff:192.0.2.0/120"} {
		if p, err := auth.ParseProxies([]string{text}); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}

// FuzzClient reads what anybody may write; whoever is no proxy is not believed.
func FuzzClient(f *testing.F) {
	f.Add("10.0.0.1, 203.0.113.9")
	f.Add("[2001:db8::1]:1,,x")
	all, err := auth.ParseProxies([]string{"192.0.2.1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, said string) {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header["X-Forwarded-For"] = []string{said}
		r.RemoteAddr = "203.0.113.9:1"
		if got := all.Client(r); got != "203.0.113.9" {
			t.Errorf("%q is believed: %s", said, got)
		}
		r.RemoteAddr, r.Header["X-Forwarded-For"] = "192.0.2.1:1", []string{said + ", 203.0.113.9"}
		if got := all.Client(r); got != "203.0.113.9" {
			t.Errorf("%q makes it %s", said, got)
		}
	})
}
