// Package suppression reads suppressions: which signals of which rules nobody
// wants to hear of, which events rules leave out, why, and until when.
//
// The keys are those of Datadog's API for suppression rules
// (/api/v2/security_monitoring/configuration/suppressions): a file may be what the
// API answers, what it is sent, or the attributes alone, as JSON or YAML; one
// suppression, a list of them, a mapping with the key suppressions, or several
// documents divided by ---.
//
// What a suppression does is decided in package detect; this package has no state
// and reads no clock.
package suppression

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/query"
)

// The limits of suppressions.
const (
	// MaxBytes is the size of the largest file.
	MaxBytes = 1 << 20
	// Max is how many suppressions may be in use: a rule asks each of its own at
	// each change of a signal.
	Max = 1000
)

// Suppression is one suppression as it was written.
type Suppression struct {
	document.Pos
	// Keys has the position of the value of each key that the document gave.
	Keys map[string]document.Pos `doc:",positions"`
	// ID is the API's identifier, "" for a suppression that was written by hand.
	ID string `doc:"id"`
	// Name is what people call it.
	Name string `doc:"name,required"`
	// Enabled says whether it is used; the default is true.
	Enabled bool `doc:"enabled"`
	// Reason says why it is there: the key description.
	Reason string `doc:"description,alias=reason"`
	// RuleQuery chooses rules, such as "ruleId:brute_force_by_ip" or "*".
	RuleQuery Search `doc:"rule_query,required"`
	// SuppressionQuery chooses the signals that are held back; without an Expr none.
	SuppressionQuery Search `doc:"suppression_query"`
	// DataExclusionQuery chooses the events that the rules leave out; without an
	// Expr none.
	DataExclusionQuery Search `doc:"data_exclusion_query"`
	// Start is when it begins, Expiration when it ends, in event time; 0 is no
	// bound.
	Start      Date `doc:"start_date"`
	Expiration Date `doc:"expiration_date"`
	// Schedule is when it holds between the two; the zero one is always. It is our own:
	// the API has none.
	Schedule Schedule `doc:"schedule"`
	// Tags are for people.
	Tags []string `doc:"tags"`

	kept
}

// kept is what the API answers besides: it decides nothing.
type kept struct {
	Version  any `doc:"version"`
	Editable any `doc:"editable"`
	Created  any `doc:"creation_date"`
	Updated  any `doc:"update_date"`
	Creator  any `doc:"creator"`
	Updater  any `doc:"updater"`
}

// Expired reports whether it has ended at the time, in nanoseconds since 1970 UTC.
func (s *Suppression) Expired(at int64) bool {
	return s.Expiration != 0 && at >= int64(s.Expiration)
}

func (s *Suppression) at(key string) document.Pos {
	if pos, ok := s.Keys[key]; ok {
		return pos
	}
	return s.Pos
}

// check returns what is wrong with the suppression as a whole.
func (s *Suppression) check() document.Faults {
	var faults document.Faults
	fault := func(key, format string, args ...any) {
		faults = append(faults, s.at(key).Fault(format, args...))
	}
	if _, given := s.Keys["name"]; given && strings.TrimSpace(s.Name) == "" {
		fault("name", "the name is empty")
	}
	if _, given := s.Keys["rule_query"]; given && s.RuleQuery.given == "" {
		fault("rule_query", "the rule_query is empty: * chooses all rules")
	}
	if s.SuppressionQuery.given == "" && s.DataExclusionQuery.given == "" {
		fault("", "it suppresses nothing: want a suppression_query (* holds every signal back) or a data_exclusion_query")
	}
	if s.Start != 0 && s.Expiration != 0 && s.Expiration <= s.Start {
		fault("expiration_date", "it ends before it begins: the start_date is %s", s.Start)
	}
	return faults
}

// Search is a search of a suppression.
type Search struct {
	// Expr is the search; nil when there is none.
	Expr  *query.Query
	given string
}

// DecodeDocument reads the search; empty text is none.
func (s *Search) DecodeDocument(text string) error {
	s.given = strings.TrimSpace(text)
	if s.given == "" {
		return nil
	}
	expr, err := query.Parse(text)
	if err == nil {
		s.Expr = expr
		return nil
	}
	if syntax, ok := errors.AsType[*query.SyntaxError](err); ok {
		message := syntax.Message
		if syntax.Suggestion != "" {
			message += " (" + syntax.Suggestion + ")"
		}
		return document.Fault{Col: syntax.Col, Message: message}
	}
	return err
}

// String returns the search as it was written.
func (s Search) String() string {
	if s.Expr == nil {
		return ""
	}
	return s.Expr.String()
}

// Date is a time in nanoseconds since 1970 UTC, 0 for none.
type Date int64

// The years that a date may be of: what nanoseconds can say.
const (
	firstYear = 1970
	lastYear  = 2260
)

// DecodeDocument reads RFC 3339, or milliseconds since 1970 UTC as the API has it.
func (d *Date) DecodeDocument(text string) error {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return d.milliseconds(ms)
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("%.40q is no date: want RFC 3339 such as 2026-01-31T12:00:00Z, or milliseconds since 1970", text)
	}
	if t.Year() < firstYear || t.Year() > lastYear {
		return fmt.Errorf("the year %d is out of reach: want %d to %d", t.Year(), firstYear, lastYear)
	}
	*d = Date(t.UnixNano())
	return nil
}

func (d *Date) milliseconds(ms int64) error {
	const (
		centuryInSeconds = 100 * 365 * 24 * 3600
		most             = (lastYear - firstYear) * 365 * 24 * 3600 * 1000
	)
	switch {
	case ms == 0:
		return nil
	case ms < 0 || ms > most:
		return fmt.Errorf("%d is no date in milliseconds since 1970", ms)
	case ms < centuryInSeconds:
		return fmt.Errorf("%d would be %s: want milliseconds, these look like seconds", ms, time.UnixMilli(ms).UTC().Format(time.DateOnly))
	}
	*d = Date(ms * int64(time.Millisecond))
	return nil
}

// String returns RFC 3339 in UTC, "" for none.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return time.Unix(0, int64(d)).UTC().Format(time.RFC3339)
}
