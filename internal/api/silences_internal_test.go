package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestWhoSilencesIsInTheTrail makes, changes and ends a silence: the trail names who did it,
// whatever they call themselves.
func TestWhoSilencesIsInTheTrail(t *testing.T) {
	h := newContractHouse(t)
	now := time.Now().UTC()
	silence := func(id, matcher string, length time.Duration) string {
		return `{"id":"` + id + `","matchers":[{"name":"` + matcher + `","value":"high","isRegex":false}],"createdBy":"mallory","comment":"why","startsAt":"` +
			now.Format(time.RFC3339) + `","endsAt":"` + now.Add(length).Format(time.RFC3339) + `"}`
	}
	x := h.ask(t, "admin", "POST", "/api/v2/silences", silence("", "ip", time.Hour))
	var made struct{ SilenceID string }
	if err := json.Unmarshal(x.answer, &made); err != nil || x.code != 200 || made.SilenceID == "" {
		t.Fatalf("%d %s %v", x.code, x.answer, err)
	}
	if x = h.ask(t, "admin", "POST", "/api/v2/silences", silence(made.SilenceID, "ip", 2*time.Hour)); x.code != 200 {
		t.Errorf("longer: %d %s", x.code, x.answer)
	}
	if x = h.ask(t, "admin", "POST", "/api/v2/silences", silence("", "severity", time.Hour)); x.code != 400 || !strings.Contains(string(x.answer), "nearly") {
		t.Errorf("a whole severity: %d %s", x.code, x.answer)
	}
	if x = h.ask(t, "admin", "POST", "/api/v2/silences", `{"comment":"`+strings.Repeat("x", maxSilenceBody)+`"}`); x.code != 413 {
		t.Errorf("a large one: %d %s", x.code, x.answer)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, h.url+"/api/v2/silence/"+made.SilenceID, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "sasumata", Value: h.secrets["admin"]})
	ended, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = ended.Body.Close()
	if ended.StatusCode != http.StatusOK {
		t.Errorf("end: %s", ended.Status)
	}
	x = h.ask(t, "admin", "GET", "/api/v1/audit?object=silence/"+made.SilenceID, "")
	var trail struct {
		Entries []struct{ Actor, Action, Detail string }
	}
	if err := json.Unmarshal(x.answer, &trail); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range trail.Entries {
		if e.Actor != "the-admin" {
			t.Errorf("%s did %s", e.Actor, e.Action)
		}
		got = append(got, e.Action)
	}
	if strings.Join(got, " ") != "silence.expire silence.edit silence.make" || !strings.Contains(trail.Entries[2].Detail, `"createdBy":"mallory"`) || !strings.Contains(trail.Entries[0].Detail, `"from":"127.0.0.1"`) {
		t.Errorf("the trail: %s", x.answer)
	}
	if x = h.ask(t, "admin", "GET", "/api/v1/audit?action=silence.make", ""); strings.Count(string(x.answer), `"action"`) != 1 {
		t.Errorf("what was refused is in the trail: %s", x.answer)
	}
}
