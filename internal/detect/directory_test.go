package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A directory has the groups that a plain table would have, whatever comes and goes.
func TestDirectoryAgainstATable(t *testing.T) {
	type name struct {
		rule int
		key  string
	}
	d := newDirectory()
	rules := make([]*compiled, 6)
	for i := range rules {
		rules[i] = &compiled{}
		rules[i].join(d)
	}
	random := rand.New(rand.NewPCG(3, 5))
	want := map[name]*group{}
	for range 20_000 {
		n := name{random.IntN(len(rules)), fmt.Sprint(strings.Repeat("k", random.IntN(2)*30), random.IntN(700))}
		c, have := rules[n.rule], want[n]
		if got := c.find([]byte(n.key)); got != have {
			t.Fatalf("%v: found %p, want %p", n, got, have)
		}
		switch {
		case have == nil:
			want[n] = &group{rule: c}
			c.take(want[n], []byte(n.key))
		case random.IntN(3) > 0:
			c.leave(have)
			delete(want, n)
		}
	}
	for n, g := range want {
		if rules[n.rule].find([]byte(n.key)) != g || g.key != n.key {
			t.Fatalf("%v is lost", n)
		}
		rules[n.rule].leave(g)
	}
	if d.taken != 0 {
		t.Errorf("%d seats are left", d.taken)
	}
}
