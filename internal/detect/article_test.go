package detect

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/test/conformance"
)

// TestArticleRules plays attacks against the rules of the article on monitoring
// failed logins.
func TestArticleRules(t *testing.T) {
	dir := conformance.Dir(t, "datadog", "rules", "article")
	f := func(file, timeline string, want ...string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		r, err := rule.Decode(file, data)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		play(t, newEngine(t, Options{}, r), timeline, func(f signal.Finding) {
			if f.Change != signal.Updated {
				got = append(got, describe(f))
			}
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	const failed, worked = "evt.category=authentication evt.name=authentication evt.outcome=failure", "evt.category=authentication evt.name=authentication evt.outcome=success"
	f("brute-force-by-ip.article.json", "0 "+failed+" network.client.ip=192.0.2.1 x5/10\n100 "+worked+" network.client.ip=192.0.2.1",
		"opened info Attempted network.client.ip=192.0.2.1 events=5 a=5 b=0 at 40 of 0..40",
		"escalated high Successful network.client.ip=192.0.2.1 events=6 a=5 b=1 at 40 of 0..100")
	f("brute-force-by-ip.as-shipped.json", "0 "+failed+" usr.name=bob x6/10\n100 "+worked+" usr.name=bob",
		"opened info Attempted usr.name=bob events=6 a=6 b=0 at 50 of 0..50",
		"escalated high Successful usr.name=bob events=7 a=6 b=1 at 50 of 0..100")
	f("credential-stuffing.json", "0 "+failed+" network.client.ip=192.0.2.1 usr.id=u{i} x60/10\n700 "+worked+" network.client.ip=192.0.2.1 usr.id=u1",
		"opened info Attempt network.client.ip=192.0.2.1 events=26 unique_users_failing_to_login=26 successful_login=0 at 250 of 0..250",
		"escalated high Successful - Greater than 50 network.client.ip=192.0.2.1 events=61 unique_users_failing_to_login=60 successful_login=1 at 250 of 0..700")
}

// TestShippedRulesAreRun builds an engine from every shipped rule: none is refused.
func TestShippedRulesAreRun(t *testing.T) {
	rules, err := rule.Load(os.DirFS(conformance.Dir(t, "datadog", "rules")), "ootb")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		r.Enabled = true
	}
	en, refused := New(rules, Options{})
	if len(en.rules) != len(rules) || len(rules) < 80 || len(refused) > 0 {
		t.Errorf("%d rules: %d run, refused %v", len(rules), len(en.rules), refused)
	}
	play(t, en, "0 evt.name=DeleteTrail x2000/1", func(f signal.Finding) { t.Errorf("an event without a source: %s", describe(f)) })
}
