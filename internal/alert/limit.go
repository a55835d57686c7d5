package alert

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
)

// errHeld says that a receiver has had enough for now.
var errHeld = errors.New("held back: the receiver's limit is reached")

// maxSummary is how many rules a summary of what was held back names.
const maxSummary = 20

// summary is an alert that says what a receiver was not told one by one.
func summary(held map[string]string, like *alert.Alert) *alert.Alert {
	rules := map[string]int{}
	for _, rule := range held {
		rules[rule]++
	}
	names := slices.SortedFunc(maps.Keys(rules), func(a, b string) int {
		if rules[a] != rules[b] {
			return rules[b] - rules[a]
		}
		return strings.Compare(a, b)
	})
	lines := make([]string, 0, min(len(names), maxSummary)+1)
	for i, name := range names {
		if i == maxSummary {
			lines = append(lines, fmt.Sprintf("… %d", len(names)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("%d × %s", rules[name], name))
	}
	n := Notice{
		Kind: KindHealth, Rule: "Notices held back", Title: fmt.Sprintf("%d more notices were held back: too many at a time", len(held)),
		TitleJA: fmt.Sprintf("通知数の上限を超えたため、%d件の通知をまとめました", len(held)), Message: strings.Join(lines, "\n"), MessageJA: strings.Join(lines, "\n"),
	}
	a := n.alert(like.StartsAt, like.EndsAt)
	return &a
}

// limit is how often a receiver is told something: a number an hour, and as many again of
// what is critical, which a flood of other things must not hide.
type limit struct {
	perHour int // 0 is no limit

	mu     sync.Mutex
	used   [2][]time.Time    // times within the last hour; of the critical ones the second
	held   map[string]string // key → rule
	within map[string]bool   // is being told within a summary
}

// maxHeld is how many notices that were held back are known by name.
const maxHeld = 10_000

// change sets how many notifications an hour there may be. What was used stays used.
func (l *limit) change(perHour int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.perHour = perHour
}

// take reports whether notices, by their keys, may be told, and hands out what was held
// back before, which done gives up. Those that may not be told are held back.
func (l *limit) take(now time.Time, urgent bool, mine map[string]string) (held map[string]string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.perHour == 0 && len(l.held) == 0 {
		return nil, true
	}
	waits := true // for the summary that is under way
	for key := range mine {
		waits = waits && l.within[key]
	}
	if waits {
		return nil, false
	}
	used := &l.used[kindOf(urgent)]
	*used = slices.DeleteFunc(*used, func(t time.Time) bool { return now.Sub(t) >= time.Hour })
	if len(*used) >= l.perHour && l.perHour > 0 {
		l.hold(mine)
		return nil, false
	}
	*used = append(*used, now)
	held, l.held = l.held, nil
	for key := range mine {
		delete(held, key) // it is told now
	}
	for key := range held {
		if l.within == nil {
			l.within = map[string]bool{}
		}
		l.within[key] = true
	}
	return held, true
}

// hold keeps what may not be told now. The mutex is held.
func (l *limit) hold(some map[string]string) {
	if l.held == nil {
		l.held = map[string]string{}
	}
	for key, rule := range some {
		if len(l.held) < maxHeld {
			l.held[key] = rule
		}
	}
}

// done says that it is known what came of a summary.
func (l *limit) done(held map[string]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key := range held {
		delete(l.within, key)
	}
}

// giveBack takes back what could not be told: a receiver that fails has not used its limit.
func (l *limit) giveBack(held map[string]string, at time.Time, urgent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hold(held)
	used := &l.used[kindOf(urgent)]
	if i := slices.Index(*used, at); i >= 0 {
		*used = slices.Delete(*used, i, i+1)
	}
}

// kindOf returns which of the two numbers counts.
func kindOf(urgent bool) int {
	if urgent {
		return 1
	}
	return 0
}
