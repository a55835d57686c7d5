package waf_test

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
	"github.com/sasumata/sasumata/internal/waf/seclang"
)

// Each rule of content/waf/pack.conf on a request that it is for, and on one that
// only looks like it.
func TestRulesOfOurOwn(t *testing.T) {
	i := inspector(t)
	m, e := waf.NewMachine(), event.New()
	tested := map[int]bool{}
	f := func(id int, attack, quiet string) {
		t.Helper()
		tested[id] = true
		for target, want := range map[string]bool{attack: true, quiet: false} {
			request(e, target, browser, "")
			i.Inspect(e, m)
			if got := slices.Contains(look(e).CRS, strconv.Itoa(id)); got != want {
				t.Errorf("rule %d on %s: %v, want %v", id, target, got, want)
			}
		}
	}
	f(1101, "/?id=7%20or%209%3E8", "/?q=black+or+white+9")
	f(1102, "/?u=x'%20or%20'k'%3D'k", "/?q='salt'+or+'pepper'")
	f(1103, "/?u=admin'%20--%20", "/?q=rock%20'n'%20roll")
	f(1104, "/?id=7;waitfor%20delay%20'0:0:9'", "/?q=union+of+select+committees")
	f(1105, "/?q=create%20table%20t1%20(name%20varchar(9))", "/?q=create+table+tennis+club")
	f(1106, "/?id=7'%20union%20select%20name%20from%20people%20--", "/?q=7+union+street")
	f(1201, "/?host=a;%20uname%20-a", "/?q=cats;dogs")
	f(1301, "/a/%2e%2e/%2e%2e/b", "/a/../b")
	f(1302, "/?page=/etc/hosts", "/etc/hosting-plans")
	f(1401, "/a.php?page=http://a.example/x.txt%3f", "/a.php?next=http://a.example/list")
	f(1501, "/?q=%3Cvideo%20onplay%3Df()%3E", "/?q=a%3Cb+and+c%3Ed")

	data, err := os.ReadFile("../../content/waf/pack.conf")
	if err != nil {
		t.Fatal(err)
	}
	list, err := seclang.Parse("pack.conf", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range seclang.Rules(list) {
		if !tested[r.ID] {
			t.Errorf("%v: rule %d has no test", r.Pos, r.ID)
		}
	}
}
