package auth_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/auth"
)

func TestTokensOfAllProtocols(t *testing.T) {
	f := func(header, value string, want ...string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header.Set(header, value)
		if got := auth.Shown(r); !slices.Equal(got, want) {
			t.Errorf("%s: %s shows %q, want %q", header, value, got, want)
		}
	}
	f("DD-API-KEY", "secret", "secret")
	f("X-Api-Key", "secret", "secret")
	f("Authorization", "Bearer secret", "secret")
	f("Authorization", "bearer  secret ", "secret")
	f("Authorization", "Splunk secret", "secret")
	f("Authorization", "Basic dXNlcjpzZWNyZXQ=", "secret")
	f("Authorization", "ApiKey c2VjcmV0", "c2VjcmV0")
	f("Authorization", "ApiKey aWQ6c2VjcmV0", "aWQ6c2VjcmV0", "secret")
	f("Authorization", "Basic !")
	f("Authorization", "Digest secret")
	f("Authorization", "secret")
	f("Authorization", "Bearer ")
}

func TestNames(t *testing.T) {
	tokens := []auth.Token{auth.NewToken("a", "secret of a"), auth.NewToken("b", "secret of b")}
	if name, ok := auth.Name(tokens, []string{"nothing", "secret of b"}); !ok || name != "b" {
		t.Errorf("%q %t", name, ok)
	}
	for _, shown := range [][]string{nil, {""}, {"secret of c"}} {
		if name, ok := auth.Name(tokens, shown); ok || name != "" {
			t.Errorf("%q is %q", shown, name)
		}
	}
}

// TestFailingAddressesAreBounded: whoever has many addresses takes no memory for each.
func TestFailingAddressesAreBounded(t *testing.T) {
	var p auth.Patience
	now := time.Unix(1e9, 0)
	for i := range 20_000 {
		p.Fails(strconv.Itoa(i), now)
	}
	if p.Fails("another", now) {
		t.Error("one more may fail")
	}
	for i := range 11 {
		if got, want := p.Fails("0", now.Add(time.Minute)), i < 10; got != want {
			t.Errorf("failure %d of the next minute: %t", i, got)
		}
	}
}
