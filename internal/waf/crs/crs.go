// Package crs compiles rules in SecLang, above all the OWASP Core Rule Set, and
// runs them over requests as logs show them: method, address, protocol, user
// agent and referer, and where a log has them cookies and a body.
//
// What matches is what matches in Coraza, given the same request: tests compare
// the two. What a rule does to the connection (block, deny) is not done.
//
// Compile settles everything that does not depend on the request: the settings
// in the collection TX, the paranoia level, what rules skip. A rule that needs
// something no log shows is left out and listed (Set.Skipped).
package crs

import (
	"github.com/sasumata/sasumata/internal/waf/literal"
	"github.com/sasumata/sasumata/internal/waf/transform"
)

// File is a file of rules.
type File struct {
	// Name appears in positions.
	Name string
	Data []byte
}

// Options say how to compile.
type Options struct {
	// Paranoia is the paranoia level up to which rules are compiled, 1 to 4.
	Paranoia int
	// Words returns the text of a file that @pmFromFile names.
	Words func(name string) ([]byte, error)
}

// Rule describes a rule.
type Rule struct {
	ID int
	// Message says what it finds, as its author wrote it.
	Message string
	// Severity is one of the words of seclang.Rule, in lower case; empty when the
	// rule has none.
	Severity string
	Tags     []string
	// Paranoia is the level that the rule is tagged with; 0 when it has no such tag.
	Paranoia int
	// Score is what a match adds to the anomaly score.
	Score int
}

// Skipped is a rule that was not compiled.
type Skipped struct {
	ID     int
	Reason string
}

// Set is a compiled set of rules. It does not change, so that any number of
// goroutines may use it, each with a Machine of its own.
type Set struct {
	info    []Rule
	rules   []rule
	skipped []Skipped

	nodes     []node // transformations, as a tree; the first is none
	operators []*operator
	tests     []test
	bySlot    [slots]slotPlan
	full      filterOf // for any text
	plain     filterOf // for text of plainBytes
	plainSet  transform.ByteSet
	simpleSet transform.ByteSet // see transform.Transform.Simple
	wideSet   transform.ByteSet // and the marks of request lines
	lineSet   transform.ByteSet // of URIs that a scan may prove clean
	direct    []uint16          // rules that are asked about every request
	controls  []control
	threshold int
}

// Rules returns the rules of the set, in the order in which they run.
func (s *Set) Rules() []Rule { return s.info }

// Threshold is the anomaly score from which the rules' authors call a request an
// attack: the setting tx.inbound_anomaly_score_threshold, 0 when there is none.
func (s *Set) Threshold() int { return s.threshold }

// Skipped returns the rules that were left out, and why.
func (s *Set) Skipped() []Skipped { return s.skipped }

// rule is one rule: a chain of links, all of which must match.
type rule struct {
	id     int
	links  []link
	groups groupSet // that its links look at
	// single says that a hit of a test of the first link is a match.
	single bool
	// cross says that the rule must see more than one group at once.
	cross bool
	// not are the kinds of bodies for which the rule does not run.
	not kindSet
	// unless are the slots that a control takes away from the first link.
	unless []unless
}

// link is one link of a chain.
type link struct {
	targets []target
	node    uint16 // of the last transformation
	op      *operator
	multi   bool
	capture bool
	sets    []assign
	// all says that later links need every match of this one, not just one.
	all bool
}

// node is a transformation of what another node gave.
type node struct {
	parent uint16
	honest bool // with multiMatch: what does not count as changed is not changed
	name   string
	tr     transform.Transform
	lower  transform.ByteSet // what wakes it beside A-Z
	// simple says of it and all before it what transform.Transform.Simple says, and
	// quiet that they leave simple texts alone altogether.
	simple, quiet bool
}

// test is an operator on the text of a node, for the first links of some rules.
type test struct {
	op    *operator
	node  uint16
	slots slotSet
	rules []tested
}

// tested is a rule that a test belongs to, and where the rule wants it.
type tested struct {
	rule  uint16
	slots slotSet
}

// slotPlan is what there is to do with a value.
type slotPlan struct {
	nodes []uint16
	wakes transform.ByteSet // of all these
	tests []uint16          // all, for texts whose literals say nothing
	// For the values of a request line that is clean: the nodes that may make
	// something new of a simple text, and the tests that literals say nothing about.
	special, loose []uint16
	// least is the length in bytes below which no test of special needs to look.
	least int
}

// filterOf finds the tests that a text needs.
type filterOf struct {
	filter  *literal.Filter
	sources []literal.Source
	test    []uint16  // by source of the filter
	slots   []slotSet // by source: where it counts
}

// unless takes slots away from a rule when a control has matched.
type unless struct {
	control uint16
	slots   slotSet
}

// control is a rule that only changes others.
type control struct {
	rule  rule
	takes slotSet // what it takes away from some of them
}
