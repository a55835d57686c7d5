// Package seclang reads the rule language of ModSecurity, SecLang, in which the
// OWASP Core Rule Set is written.
//
// It knows the names of the language (directives, variables, operators,
// transformations, actions) and says where a file uses another one; what a rule
// means is left to the engine that runs it. A file is read as a list of
// directives in the order in which they were written, chains put together.
package seclang

import "github.com/sasumata/sasumata/internal/document"

// Limits of one file. What exceeds them is a fault.
const (
	// MaxBytes is the size of a file; the whole Core Rule Set has half a megabyte.
	MaxBytes = 8 << 20
	// MaxRules is the number of directives in a file.
	MaxRules = 20_000
	// MaxList is the number of targets, actions or parts of a macro in one rule.
	MaxList = 512
)

// Directive is one directive of a file: *Rule, *Marker, *UpdateTarget, *Remove
// or *Setting.
type Directive interface {
	// Place is where the directive begins.
	Place() document.Pos
}

// Rule is a SecRule or a SecAction.
type Rule struct {
	document.Pos
	// ID is the number of the rule; 0 in the later links of a chain.
	ID int
	// Phase is 1 (request headers) to 5 (logging); 2 when the rule names none.
	Phase int
	// Targets are what the operator looks at; none in a SecAction.
	Targets []Target
	// Operator is the test; its Name is empty in a SecAction, which always matches.
	Operator Operator
	// Transforms are the names of the transformations, in lower case and in order,
	// those before t:none left out.
	Transforms []Name
	// MultiMatch runs the operator after each transformation that changed something.
	MultiMatch bool
	// Capture stores what the operator found in TX:0 to TX:9.
	Capture bool
	// Set are the changes of variables.
	Set []Assign
	// Ctl are the changes of the engine for this request.
	Ctl []Control
	// Disruptive is the last of allow, block, deny, drop, pass and redirect; empty
	// when the rule names none.
	Disruptive string
	// SkipAfter names the marker behind which evaluation goes on; Skip is a number
	// of rules.
	SkipAfter string
	Skip      int
	// NoLog says that a match is not to be reported.
	NoLog bool
	// Message, Data, Version, Severity and Tags describe the rule. Severity is one
	// of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO and DEBUG, or
	// empty.
	Message, Data Macro
	Version       string
	Severity      string
	Tags          []string
	// Other are the actions that have no field of their own, by name.
	Other []Name
	// Next is the next link of the chain.
	Next *Rule

	chained bool
}

// Name is a word of the language with the place where it stands.
type Name struct {
	document.Pos
	Text string
}

// Target is one variable that a rule looks at.
type Target struct {
	document.Pos
	// Variable is its name, in upper case.
	Variable string
	// Key selects the members of a collection with this name, or, when Regex is
	// true, those whose name the expression matches; empty is all.
	Key   string
	Regex bool
	// Count stands for the number of members.
	Count bool
	// Exclude takes the members out of those of the same variable.
	Exclude bool
}

// Operator is the test of a rule.
type Operator struct {
	document.Pos
	// Name is the operator's name in lower case, without @.
	Name string
	// Negated turns the result around.
	Negated bool
	// Argument is the text behind the name; Macro is the same taken apart, for the
	// operators that expand it.
	Argument string
	Macro    Macro
}

// Assign changes a variable of the collection TX.
type Assign struct {
	document.Pos
	Key Macro
	// Op is '=' to set, '+' to add, '-' to subtract, '!' to remove.
	Op    byte
	Value Macro
}

// Control changes the engine for the rest of the request.
type Control struct {
	document.Pos
	// Name is the word before the sign of equality, in lower case.
	Name  string
	Value string
	// Target is what the ruleRemoveTargetBy... controls take out.
	Target Target
}

// Marker is a SecMarker.
type Marker struct {
	document.Pos
	Label string
}

// UpdateTarget is a SecRuleUpdateTargetById.
type UpdateTarget struct {
	document.Pos
	// From and To are the range of rules, both included.
	From, To int
	Targets  []Target
}

// Remove is a SecRuleRemoveById or a SecRuleRemoveByTag.
type Remove struct {
	document.Pos
	// Ranges are ranges of ids, both ends included.
	Ranges [][2]int
	// Tag removes the rules with exactly this tag; empty when ids are meant.
	Tag string
}

// Setting is any other directive, which changes nothing here: its name in lower
// case and its argument.
type Setting struct {
	document.Pos
	Name     string
	Argument string
}

// Place implements Directive.
func (r *Rule) Place() document.Pos { return r.Pos }

// Place implements Directive.
func (m *Marker) Place() document.Pos { return m.Pos }

// Place implements Directive.
func (u *UpdateTarget) Place() document.Pos { return u.Pos }

// Place implements Directive.
func (r *Remove) Place() document.Pos { return r.Pos }

// Place implements Directive.
func (s *Setting) Place() document.Pos { return s.Pos }

var (
	_ Directive = (*Rule)(nil)
	_ Directive = (*Marker)(nil)
	_ Directive = (*UpdateTarget)(nil)
	_ Directive = (*Remove)(nil)
	_ Directive = (*Setting)(nil)
)
