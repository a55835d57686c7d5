package report

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/signal"
)

// title returns what the signal is called in the language: the Japanese name of
// the rule, or the signal's title.
func title(s *signal.Signal, l Lang) string {
	return l.pick(cmp.Or(s.Title, s.Rule, s.RuleID), s.RuleJA)
}

// message returns the signal's message in the language, or in the other one.
func message(s *signal.Signal, l Lang) string { return l.pick(s.Message, s.MessageJA) }

// values returns what the queries added up to, as in "failed_logins=6, ok=1".
// Queries that counted nothing explain nothing and are left out.
func values(s *signal.Signal) string {
	parts := make([]string, 0, len(s.Queries))
	for _, q := range s.Queries {
		if q.Count != 0 {
			parts = append(parts, q.Name+"="+quantity(q.Count))
		}
	}
	return strings.Join(parts, ", ")
}

// why returns the sentence that explains the signal: values, window, case and
// condition.
func (t *texts) why(s *signal.Signal) string {
	text := values(s)
	if text == "" {
		text = t.events(s.Events)
	}
	if s.Window > 0 {
		text = fmt.Sprintf(t.WithinWindow, text, t.duration(s.Window))
	}
	if s.Case != "" {
		text += " · " + fmt.Sprintf(t.WithCase, s.Case)
	}
	if s.Condition != "" {
		text += " · " + s.Condition
	}
	return text
}

// kind returns the word for a kind of entity, or the kind made safe when there is
// none.
func (t *texts) kind(kind string) string {
	switch kind {
	case signal.KindIP:
		return t.EntityIP
	case signal.KindUser:
		return t.EntityUser
	case signal.KindHost:
		return t.EntityHost
	case signal.KindContainer:
		return t.EntityContainer
	case signal.KindService:
		return t.EntityService
	case signal.KindNetwork:
		return t.EntityNetwork
	case signal.KindValue:
		return t.EntityValue
	default:
		return safe(kind, 20)
	}
}

// runbookName returns the name of a runbook from its path.
func runbookName(file string) string {
	return strings.TrimSuffix(path.Base(file), path.Ext(file))
}

// ordered returns the signals of the book, the gravest first, then as they were
// opened.
func ordered(book *signal.Book) []*signal.Signal {
	if book == nil {
		return nil
	}
	list := slices.Collect(book.All())
	slices.SortStableFunc(list, func(a, b *signal.Signal) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// addresses returns the number of distinct addresses in the signals of at least
// the severity.
func addresses(list []*signal.Signal, least signal.Severity) int64 {
	seen := map[string]struct{}{}
	for _, s := range list {
		if s.Severity < least {
			continue
		}
		for _, e := range s.Entities {
			if e.Kind == signal.KindIP {
				seen[e.Value] = struct{}{}
			}
		}
	}
	return int64(len(seen))
}

// subject is an entity with what the signals say about it.
type subject struct {
	signal.Entity
	worst   signal.Severity
	signals int64
}

// subjects returns the n entities that matter most: by the worst signal, then by
// the number of signals and events. Info signals do not count.
func subjects(list []*signal.Signal, n int) []subject {
	type key struct{ kind, value string }
	at := map[key]int{}
	var found []subject
	for _, s := range list {
		if s.Severity == signal.Info {
			continue
		}
		for _, e := range s.Entities {
			k := key{e.Kind, e.Value}
			i, ok := at[k]
			if !ok {
				i = len(found)
				at[k] = i
				found = append(found, subject{Entity: signal.Entity{Kind: e.Kind, Value: e.Value}})
			}
			found[i].worst = max(found[i].worst, s.Severity)
			found[i].signals++
			found[i].Events += e.Events
		}
	}
	slices.SortFunc(found, func(a, b subject) int {
		return cmp.Or(cmp.Compare(b.worst, a.worst), cmp.Compare(b.signals, a.signals), cmp.Compare(b.Events, a.Events),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return found[:min(n, len(found))]
}

// verdict returns the sentence that a manager reads first.
func (t *texts) verdict(list []*signal.Signal, by [signal.Severities]int64) string {
	sentence := func(format string, n int64, least signal.Severity) string {
		text := count(n, t.SignalOne, t.SignalMany)
		if from := addresses(list, least); from > 0 {
			text = fmt.Sprintf(t.SignalsFrom, text, count(from, t.AddressOne, t.AddressMany))
		}
		return fmt.Sprintf(format, text)
	}
	switch {
	case by[signal.Critical] > 0:
		return sentence(t.VerdictCritical, by[signal.Critical]+by[signal.High], signal.High)
	case by[signal.High] > 0:
		return sentence(t.VerdictHigh, by[signal.High], signal.High)
	case by[signal.Medium] > 0:
		return sentence(t.VerdictMedium, by[signal.Medium], signal.Medium)
	case by[signal.Low] > 0:
		return sentence(t.VerdictLow, by[signal.Low], signal.Low)
	case by[signal.Info] > 0:
		return t.VerdictInfo
	default:
		return t.VerdictNone
	}
}
