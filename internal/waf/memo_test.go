package waf_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
)

// What a machine remembers must not change what it says: each request gets the
// verdict that a new machine gives it, whatever came before, also when parts that
// are quiet alone stand beside one that is not.
func TestWhatAMachineRemembersChangesNoVerdict(t *testing.T) {
	targets := []string{"/", "/index.html?page=2", "/search?q=union+of+workers", "/?id=1%27%20UNION%20SELECT%20password%20FROM%20users--", "/../../etc/passwd", "/?q=" + fmt.Sprintf("%0400d", 7)}
	agents := []string{"", "Mozilla/5.0 (X11; Linux x86_64)", "sqlmap/1.7", "() { :; }; /bin/bash -c id", "${jndi:ldap://192.0.2.1/a}"}
	referers := []string{"", "https://www.example.com/?q=%3Cb%3E", "https://www.example.com/<script>alert(1)</script>"}
	for name, inspect := range map[string]func(*event.Event, *waf.Machine) waf.Verdict{"patterns": content(t).Inspect, "rules": inspector(t).Inspect} {
		t.Run(name, func(t *testing.T) { sameVerdicts(t, inspect, targets, agents, referers) })
	}
}

func sameVerdicts(t *testing.T, inspect func(*event.Event, *waf.Machine) waf.Verdict, targets, agents, referers []string) {
	t.Helper()
	used := waf.NewMachine()
	attacks := 0
	for range 3 {
		for _, target := range targets {
			for _, agent := range agents {
				for _, referer := range referers {
					ask := func(m *waf.Machine) (waf.Verdict, string) {
						e := event.New()
						e.Set(event.HTTPURL, event.StringValue(target))
						e.Set(event.HTTPUserAgent, event.StringValue(agent))
						e.Set(event.HTTPReferer, event.StringValue(referer))
						v := inspect(e, m)
						return v, string(e.AppendRecord(nil))
					}
					want, wantEvent := ask(waf.NewMachine())
					got, gotEvent := ask(used)
					if want.Attack {
						attacks++
					}
					if d := cmp.Diff(want, got); d != "" || wantEvent != gotEvent {
						t.Fatalf("%q %q %q: -new +used:\n%s%s\n%s", target, agent, referer, d, wantEvent, gotEvent)
					}
				}
			}
		}
	}
	if attacks == 0 {
		t.Fatal("no request was an attack")
	}
}
