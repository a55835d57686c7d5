package scan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// MaxSuppressions is how many suppressions a file may have.
const MaxSuppressions = 10_000

// Suppression is an entry of a file of findings that somebody decided to live with.
type Suppression struct {
	// Name is how outputs call it.
	Name string
	// IDs are those of vulnerabilities and rules; any of them means the finding. None
	// means all.
	IDs []string
	// Query is a search over the attributes of findings; "" means all.
	Query string
	// Reason is why.
	Reason string
	// Until is the last day on which it holds, as 2026-12-31; "" is without an end.
	Until string
	// Pos is where it stands.
	Pos document.Pos

	query *query.Query
}

type suppressionFile struct {
	document.Pos

	Suppressions []struct {
		document.Pos

		Name    string                  `doc:"name"`
		IDs     []string                `doc:"id,alias=ids,single"`
		Query   string                  `doc:"query"`
		Reason  string                  `doc:"reason,required"`
		Expires string                  `doc:"expires,required"`
		At      map[string]document.Pos `doc:",positions"`
	} `doc:"suppressions,required"`
}

// ReadSuppressions reads a file of suppressions. The error is document.Faults with
// everything that is wrong.
func ReadSuppressions(file string, data []byte) ([]*Suppression, error) {
	var doc suppressionFile
	err := document.Decode(file, data, &doc, document.Options{})
	check := document.Checker{Here: doc.Pos}
	if faults, ok := err.(document.Faults); ok { //nolint:errorlint // Decode wraps nothing
		check.Faults = faults
	} else if err != nil {
		return nil, err
	}
	check.Fault(len(doc.Suppressions) > MaxSuppressions, nil, "", "more than %d suppressions", MaxSuppressions)
	var out []*Suppression
	for i := range doc.Suppressions {
		s := &doc.Suppressions[i]
		check.Here = s.Pos
		one := &Suppression{Name: s.Name, IDs: s.IDs, Query: s.Query, Reason: s.Reason, Until: s.Expires, Pos: s.Pos}
		check.Fault(len(s.IDs) == 0 && strings.TrimSpace(s.Query) == "", s.At, "", "want id or query: a suppression of everything is none")
		_, there := s.At["reason"]
		check.Fault(there && strings.TrimSpace(s.Reason) == "", s.At, "reason", "want a reason, for those who come after")
		if s.Expires == "never" {
			one.Until = ""
		} else if s.Expires != "" {
			_, err := time.Parse(time.DateOnly, s.Expires)
			check.Fault(err != nil, s.At, "expires", "%q is no day, want the form 2026-12-31, or never", s.Expires)
		}
		if s.Query != "" {
			q, err := query.Parse(s.Query)
			check.Fault(err != nil, s.At, "query", "%v", err)
			one.query = q
		}
		if one.Name == "" {
			one.Name = strings.Join(append(slices.Clone(s.IDs), s.Query), " ")
		}
		out = append(out, one)
	}
	if len(check.Faults) > 0 {
		slices.SortStableFunc(check.Faults, func(a, b document.Fault) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col)) })
		return nil, check.Faults
	}
	return out, nil
}

// Suppress holds back the findings that suppressions mean. Those that ended before
// today hold nothing back; it says so of each that would, and of those that mean no
// finding.
func Suppress(list []*Finding, suppressions []*Suppression, now time.Time) (notices []Notice) {
	today := now.Format(time.DateOnly)
	e := event.New()
	meant, late := make([]int, len(suppressions)), make([]int, len(suppressions))
	for _, f := range list {
		f.event(e)
		for i, s := range suppressions {
			if !s.means(f, e) {
				continue
			}
			meant[i]++
			switch {
			case s.Until != "" && s.Until < today:
				late[i]++
			case f.Suppressed == nil:
				f.Suppressed = &Suppressed{By: "file", Name: s.Name, Reason: s.Reason, Until: s.Until}
			}
		}
	}
	for i, s := range suppressions {
		switch {
		case late[i] > 0:
			notices = append(notices, Notice{Code: SuppressionEnded, At: s.Pos.String(), Name: s.Name, Day: s.Until, N: late[i]})
		case meant[i] == 0:
			notices = append(notices, Notice{Code: SuppressionUnused, At: s.Pos.String(), Name: s.Name})
		}
	}
	return notices
}

func (s *Suppression) means(f *Finding, e *event.Event) bool {
	if len(s.IDs) > 0 && !slices.ContainsFunc(s.IDs, func(id string) bool {
		id = CanonicalID(id)
		return strings.EqualFold(id, f.ID) || slices.ContainsFunc(f.Aliases, func(a string) bool { return strings.EqualFold(a, id) })
	}) {
		return false
	}
	return s.query == nil || s.query.Match(e)
}

// event writes the finding as an event, for searches: its attributes, and tags for
// those that are asked for most.
func (f *Finding) event(e *event.Event) {
	e.Reset()
	text := func(path, value string) {
		if value != "" {
			e.Set(path, event.StringValue(value))
		}
	}
	list := func(path string, values []string) {
		if len(values) == 0 {
			return
		}
		all := e.NewArray()
		for _, v := range values {
			e.Append(all, event.StringValue(v))
		}
		e.Set(path, all)
	}
	list("id", append([]string{f.ID}, f.Aliases...))
	list("tool", f.Tools())
	list("package.version", f.Package.Versions)
	list("fixed", f.Fixed)
	for path, value := range map[string]string{
		"key": f.Key, "kind": f.Kind.String(), "asset": f.Asset, "title": f.Title, "severity": f.Severity.String(), "package.name": f.Package.Name,
		"package.type": f.Package.Type, "path": f.Place.Path, "resource": f.Place.Resource, "state": string(f.State),
	} {
		text(path, value)
	}
	e.Set("cvss", event.FloatValue(f.CVSS))
	e.Set("kev", event.BoolValue(f.KEV != nil))
	if f.EPSS != nil {
		e.Set("epss", event.FloatValue(f.EPSS.Score))
	}
	if f.Place.Line > 0 {
		e.Set("line", event.IntValue(int64(f.Place.Line)))
	}
	for _, n := range f.CWE {
		e.AddTag(fmt.Sprintf("cwe:%d", n))
	}
	for _, tool := range f.Tools() {
		e.AddTag("tool:" + tool)
	}
	e.AddTag("kind:" + f.Kind.String())
	e.AddTag("severity:" + f.Severity.String())
	if f.Asset != "" {
		e.AddTag("asset:" + f.Asset)
	}
}
