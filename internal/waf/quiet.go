package waf

import (
	"encoding/binary"

	"github.com/sasumata/sasumata/internal/waf/crs"
)

// Limits of what a machine remembers: ten megabytes when all texts are
// as long as possible.
const (
	quietLines    = 1 << 14
	quietAgents   = 1 << 10
	quietReferers = 1 << 13
)

// The parts of a request that are judged each on its own, as indexes.
const (
	partLine = iota
	partAgent
	partReferer
	partCount
)

// rulesPart returns what the rules in SecLang call the part.
func rulesPart(part int) crs.Parts {
	return [partCount]crs.Parts{crs.Line, crs.UserAgent, crs.Referer}[part]
}

// quietParts remembers the parts of requests in which neither a set of patterns nor
// rules in SecLang find anything: browsers and pages come again and again. A request all
// of whose parts are known costs three look-ups.
type quietParts struct {
	none     bool // nothing is remembered
	patterns *Patterns
	rules    *Rules
	memo     [partCount]quietMemo

	// Of the request at hand:
	known [partCount]bool       // remembered, or not there
	paid  [partCount]int        // what the patterns took off the budget; -1 is something found
	place [partCount]quietPlace // where the part may be remembered
	text  [partCount]string     // as the log has it; of the line, see below
	line  []byte                // method, version and target, each behind its length
}

// use makes the memory one of these patterns and rules, which may be nil.
func (q *quietParts) use(p *Patterns, r *Rules) {
	if q.patterns == p && q.rules == r {
		return
	}
	*q = quietParts{none: q.none, patterns: p, rules: r}
	if q.none {
		return
	}
	for part, size := range [partCount]int{quietLines, quietAgents, quietReferers} {
		q.memo[part] = newQuietMemo(size)
	}
}

// find looks for the parts of the request, whose texts are those of the log; all
// reports whether each is known, and all together within the limit.
func (q *quietParts) find(r *crs.Request) (all bool) {
	q.text = [partCount]string{partAgent: r.UserAgent, partReferer: r.Referer}
	q.line = q.line[:0]
	for _, text := range [...]string{r.Method, r.Protocol, r.URI} {
		q.line = append(binary.AppendUvarint(q.line, uint64(len(text))), text...)
		if len(q.line) > maxQuietText {
			break // it has no place
		}
	}
	q.paid[partLine], q.known[partLine], q.place[partLine] = q.memo[partLine].findBytes(q.line)
	all = q.known[partLine]
	for part := partAgent; part < partCount; part++ {
		q.paid[part], q.known[part], q.place[part] = 0, true, nowhere()
		if text := q.text[part]; text != "" {
			q.paid[part], q.known[part], q.place[part] = q.memo[part].find(text)
			all = all && q.known[part]
		}
	}
	return all && q.paid[partLine]+q.paid[partAgent]+q.paid[partReferer] <= maxCost
}

// silent returns the parts that the rules need not look at.
func (q *quietParts) silent() crs.Parts {
	var all crs.Parts
	for part, known := range q.known {
		if known {
			all |= rulesPart(part)
		}
	}
	return all
}

// learn remembers the parts in which nothing was found, by the patterns and by the
// rules.
func (q *quietParts) learn(silent crs.Parts) {
	for part := range q.memo {
		if q.known[part] || q.paid[part] < 0 || silent&rulesPart(part) == 0 {
			continue
		}
		if part == partLine {
			q.memo[part].setBytes(q.place[part], q.line, q.paid[part])
		} else {
			q.memo[part].set(q.place[part], q.text[part], q.paid[part])
		}
	}
}
