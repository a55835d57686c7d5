package match_test

import (
	"slices"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// holds reports whether an event, given as JSON, satisfies the tree: read from
// the JSON, read as an event, found by the index and by a full scan.
func holds(t *testing.T, e *match.Expr, text string) bool {
	t.Helper()
	set, err := match.Compile([]match.Rule{{ID: "r", Expr: e}}, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := set.NewMatcher()
	if err := m.Scan([]byte(text)); err != nil {
		t.Fatalf("scan %s: %v", text, err)
	}
	scanned := agreed(t, m, text)
	ev := event.New()
	if !ev.MergeJSON(text, event.JSONOptions{}) {
		t.Fatalf("no event: %s", text)
	}
	m.Load(ev)
	if loaded := agreed(t, m, text); loaded != scanned {
		t.Fatalf("%s: %v as JSON, %v as an event", text, scanned, loaded)
	}
	return scanned
}

func agreed(t *testing.T, m *match.Matcher, text string) bool {
	t.Helper()
	full := m.FullScan(match.Source{}, match.NoRouting)
	found := m.Match(match.Source{}, match.NoRouting)
	if !slices.Equal(full, found) {
		t.Fatalf("%s: the index finds %v, a full scan %v", text, found, full)
	}
	return len(found) == 1
}

func text(field, lit string) *match.Expr {
	return match.Is(match.Test{Field: field, Kind: match.Text, Pattern: match.Literal(lit)})
}

func within(field, lit string) *match.Expr {
	return match.Is(match.Test{Field: field, Kind: match.Text, Pattern: match.Contains(lit)})
}

func pattern(field string, parts ...any) *match.Expr {
	var p match.Pattern
	for _, part := range parts {
		switch part := part.(type) {
		case rune:
			p = append(p, match.Part{Wild: byte(part)})
		case string:
			p = append(p, match.Part{Lit: part})
		}
	}
	return match.Is(match.Test{Field: field, Kind: match.Text, Pattern: p})
}
