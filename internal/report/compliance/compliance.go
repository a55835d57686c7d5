// Package compliance maps controls of frameworks to what the product does for them, and
// reports what a running server can show.
package compliance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/report"
)

// Text is one in both languages.
type Text struct{ English, Japanese string }

// In returns the text in a language.
func (t Text) In(l report.Lang) string {
	if l == report.Japanese {
		return t.Japanese
	}
	return t.English
}

// Part is who meets a control.
type Part string

// The parts.
const (
	// Product is a control that the product has the means for, if it is set up so.
	Product Part = "product"
	// Helps is one of which the product does a part.
	Helps Part = "helps"
	// Organisation is one that people have to meet.
	Organisation Part = "organisation"
)

// Topic is a kind of evidence.
type Topic string

// The topics.
const (
	Retention Topic = "retention"
	Trail     Topic = "audit"
	Factors   Topic = "second-factor"
	Accounts  Topic = "accounts"
	Tokens    Topic = "tokens"
	Signals   Topic = "signals"
	Held      Topic = "held-back"
	Responses Topic = "responses"
	Sources   Topic = "sources"
	Clocks    Topic = "clocks"
	Backups   Topic = "backups"
	Rules     Topic = "rules"
	Notices   Topic = "notices"
	Assets    Topic = "findings"
)

// Control is one control of a framework, in our own words.
type Control struct {
	// ID is the framework's.
	ID    string
	Title Text
	Part  Part
	// Does is what the product does for it, Yours what it leaves to people.
	Does, Yours Text
	// Topics are the evidence.
	Topics []Topic
	// Days is for how long logs must be kept at least; 0 is any time.
	Days int
	// Bounded says that logs must not be kept for ever.
	Bounded bool
}

// Framework is a list of controls.
type Framework struct {
	// Key is what the command line calls it.
	Key      string
	Name     Text
	Controls []Control
}

// Frameworks returns the map: all frameworks with the controls that logs, detection and the
// accounts of a server have to do with. It is no list of all controls.
func Frameworks() []Framework {
	return []Framework{pci(), soc2(), gdpr(), appi()}
}

// Keys returns what frameworks can be chosen by.
func Keys() []string {
	all := Frameworks()
	keys := make([]string, 1, 1+len(all))
	keys[0] = "all"
	for _, f := range all {
		keys = append(keys, f.Key)
	}
	return keys
}

// Choose returns the frameworks of a key; all, or one.
func Choose(key string) ([]Framework, error) {
	all := Frameworks()
	if key == "all" {
		return all, nil
	}
	i := slices.IndexFunc(all, func(f Framework) bool { return f.Key == key })
	if i < 0 {
		return nil, fmt.Errorf("--framework %q, want one of %s", key, strings.Join(Keys(), ", "))
	}
	return all[i : i+1], nil
}
