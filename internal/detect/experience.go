package detect

import (
	"math"
	"slices"
	"strconv"

	"github.com/sasumata/sasumata/internal/detect/anomaly"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

const (
	// maxExperience is how many vectors a rule keeps of those it has learnt.
	maxExperience = 4096
	// usualScore is the score from which a vector is not learnt.
	usualScore = 0.6
	// knownScore is what a vector scores at the most that is no stranger than those
	// that were learnt.
	knownScore = 0.5
	// margin is how much stranger than what was learnt a vector has to be: scores
	// differ by about that from one forest to the next.
	margin = 0.02
	// remembered is for how many retrain intervals vectors are remembered: of those
	// in the sample, a share of 1/e is older.
	remembered = 7
	// minRetrain is after how many vectors a forest is grown anew at the earliest, and
	// newShare of the sample they must be: times that jump about must not make the
	// engine grow one at each event, and a few new vectors make no other forest.
	minRetrain = 64
	newShare   = 4 // one in so many
	// maxReasons is how many features a signal names.
	maxReasons = 3
	// leastReason is the part of the score from which a feature is a reason; see
	// anomaly.Contribution.
	leastReason = 0.02
)

// experience is what a rule of the method isolation_forest has learnt: a uniform
// sample of the vectors of all its groups, and the forest grown from it.
//
// The rule only learns until learningDuration has passed since its first bucket and
// learningBuckets were learnt; then the forest is grown, and anew at each
// retrainInterval, if a quarter of what the sample has came, when the vectors that
// came before seven intervals weigh little.
// A vector scores as the forest says, but 0.5 at most if it is no stranger than
// those that were learnt, apart from the share contamination of them, and none of
// its values is more than twice, or less than half of, what these had.
//
// Vectors that score above 0.6, or for which a case holds, are not learnt: an attack
// does not make itself usual, however long it lasts. If they are more than half of
// what came in an interval, it is not they that are strange: the rule forgets
// everything and begins to learn anew.
//
// Everything is decided by the order of the vectors and by event time; the seed of
// the forest is fixed.
type experience struct {
	columns             []string
	learning, retrain   int64 // nanoseconds
	least               int
	contamination       float64
	seen                *anomaly.Reservoir
	model               *anomaly.Forest // nil while the rule only learns
	known               float64         // what scores up to this was learnt
	spans               []extent        // of the values of what was learnt
	amounts             []bool          // the features that are no time
	begin, ready        int64           // when learning began, and ended
	settled             bool            // begin is more than the time of one lone bucket
	early               int64           // the time of the last vector, if it was before begin
	grown               int64           // when the model was made
	fresh, judged, odds int64           // since then: vectors learnt, seen, and not learnt
	reasons             []anomaly.Contribution
}

// extent is a range of values.
type extent struct{ low, high float64 }

func newExperience(columns []string, o *rule.IsolationForest) experience {
	x := experience{
		columns: columns, learning: o.Learning(), retrain: o.Retrain(), least: int(o.Rows()), contamination: o.Share(),
		reasons: make([]anomaly.Contribution, 0, len(columns)), spans: make([]extent, len(columns)),
	}
	for i := range o.Features {
		x.amounts = append(x.amounts, o.Features[i].Query >= 0)
	}
	x.forget()
	return x
}

// forget begins to learn anew.
func (x *experience) forget() {
	x.seen, _ = anomaly.NewReservoir(x.columns, maxExperience, forestSeed) // its bounds are those of rules
	x.model, x.known, x.begin, x.ready, x.grown, x.early = nil, 0, minTime, minTime, minTime, minTime
	x.fresh, x.judged, x.odds, x.settled = 0, 0, 0, false
}

// forestSeed is the seed of all random choices: the same events, the same signals.
const forestSeed = 1

// size estimates the memory in bytes.
func (x *experience) size() int64 {
	var n int64
	if x.seen.Seen() > 0 {
		n += x.seen.Size()
	}
	if x.model != nil {
		n += x.model.Size()
	}
	return n
}

// judges reports whether a bucket that ends at t is judged: not while the rule only
// learns, nor when the bucket is of that time and came late.
func (x *experience) judges(t int64) bool {
	return x.model != nil && (t > x.ready || t <= x.ready-x.learning)
}

// score returns how strange a vector is, from 0 to 1. It is called if judges holds.
func (x *experience) score(row []float64) float64 {
	score := x.model.Score(row)
	if score <= x.known && !x.beyond(row) {
		return min(score, knownScore)
	}
	return score
}

// beyond reports whether a value is far outside of all that were learnt. A forest
// alone does not tell: among thousands of vectors some are odd in many ways, and are
// stranger to it than one that is huge in one.
func (x *experience) beyond(row []float64) bool {
	far := scale(2)
	for i, v := range row {
		if s := x.spans[i]; x.amounts[i] && (v > max(s.high*far, s.high/far) || v < min(s.low*far, s.low/far)) {
			return true
		}
	}
	return false
}

// bound finds the range of each value in the sample, apart from contamination.
func (x *experience) bound(t *anomaly.Table) {
	column := make([]float64, 0, t.Rows())
	for i := range x.spans {
		column = column[:0]
		for row := range t.Rows() {
			if v := t.Row(row)[i]; !math.IsNaN(v) {
				column = append(column, v)
			}
		}
		if x.spans[i] = (extent{math.Inf(-1), math.Inf(1)}); len(column) > 0 {
			slices.Sort(column)
			cut := int(x.contamination * float64(len(column)-1))
			x.spans[i] = extent{column[cut], column[len(column)-1-cut]}
		}
	}
}

// learn takes in a vector unless it is strange, and grows the forest when it is
// time. It reports whether the rule begins to learn anew.
func (x *experience) learn(row []float64, t int64, strange bool) (anew bool) {
	x.since(t)
	x.judged++
	if strange {
		x.odds++
	} else {
		x.seen.Add(row)
		x.fresh++
	}
	x.grown = min(x.grown, t) // a log may start over
	switch {
	case x.model == nil && t-x.begin >= x.learning && x.fresh >= int64(x.least):
	case x.model != nil && t-x.grown >= x.retrain && x.judged >= max(minRetrain, int64(x.seen.Table().Rows()/newShare)):
		if x.odds > x.judged/2 {
			x.forget()
			return true
		}
		x.seen.Forget(remembered * uint64(x.fresh))
	default:
		return false
	}
	x.grow(t)
	return false
}

// since notes when learning began. One time from the distant past must not end the
// learning, neither as the first one nor later: the first bucket does not count when
// the second is as far from it as learning takes, and a log that starts over, or that
// goes on behind a time from the far future, sets the beginning back with its second
// bucket in a row that is older.
func (x *experience) since(t int64) {
	switch {
	case x.begin == minTime, t > x.begin && !x.settled && t-x.begin >= x.learning:
		x.settled = x.begin != minTime
		x.begin = t
	case t >= x.begin:
		x.settled = x.settled || t > x.begin
	case x.early == minTime || x.early == t:
		x.early = t
		return
	default:
		x.begin, x.settled = min(x.early, t), true
	}
	x.early = minTime
}

// grow grows the forest from the sample, and finds what scores were learnt.
func (x *experience) grow(t int64) {
	x.grown, x.fresh, x.judged, x.odds = t, 0, 0, 0
	model, err := anomaly.TrainForest(x.seen.Table(), anomaly.ForestConfig{Seed: forestSeed})
	if err != nil {
		return // an empty table: it cannot be, as rows were learnt
	}
	scores, err := model.ScoreTable(thinned(x.seen.Table()))
	if err != nil {
		return // other columns: neither
	}
	slices.Sort(scores)
	if x.model == nil {
		x.ready = t
	}
	x.model = model
	x.bound(x.seen.Table())
	x.known = scores[len(scores)-1-int(x.contamination*float64(len(scores)-1))] + margin
}

// maxScored is how many vectors of the sample say what scores were learnt.
const maxScored = 1024

// thinned returns rows of the table at even distances, maxScored at the most.
func thinned(t *anomaly.Table) *anomaly.Table {
	step := (t.Rows() + maxScored - 1) / maxScored
	if step < 2 {
		return t
	}
	out := &anomaly.Table{Columns: t.Columns, Cells: make([]float64, 0, t.Rows()/step*len(t.Columns))}
	for row := 0; row < t.Rows(); row += step {
		out.Cells = append(out.Cells, t.Row(row)...)
	}
	return out
}

// explain returns the features that make the vector strange, the strangest first:
// those whose values are not usual, or if each is usual by itself, those that are not
// together.
func (x *experience) explain(row []float64) []signal.Unusual {
	x.reasons = x.model.Explain(x.reasons[:0], row)
	if out := x.name(false); len(out) > 0 {
		return out
	}
	return x.name(true)
}

// name returns the reasons that people are told; inside takes those as well whose
// values are usual by themselves.
func (x *experience) name(inside bool) []signal.Unusual {
	var out []signal.Unusual
	for _, r := range x.reasons {
		usual := r.Got >= r.Low && r.Got <= r.High
		if r.Share < leastReason || usual && !inside || math.IsNaN(r.Got) || math.IsNaN(r.Low) || len(out) == maxReasons {
			continue
		}
		u := signal.Unusual{Feature: r.Column, Value: r.Got, Low: r.Low, High: r.High}
		if r.Column != rule.FeatureHour && r.Column != rule.FeatureWeekday {
			u.Value, u.Low, u.High = unscale(u.Value), unscale(u.Low), unscale(u.High)
		}
		out = append(out, u)
	}
	return out
}

// scale puts numbers of any size on one scale, that of their cube roots. On a linear
// one, the few busy clients of a site would make each other strange; on that of
// logarithms, ten times as many requests as ever would hardly be.
func scale(x float64) float64 { return math.Cbrt(x) }

// unscale is the inverse of scale, rounded to nine digits.
func unscale(x float64) float64 {
	y := x * x * x
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(y, 'g', 9, 64), 64); err == nil {
		return rounded
	}
	return y
}

func (x *experience) code(c *codec) {
	for _, t := range []*int64{&x.begin, &x.ready, &x.early, &x.grown} {
		c.time(t)
	}
	for _, n := range []*int64{&x.fresh, &x.judged, &x.odds} {
		c.amount(n)
	}
	c.flag(&x.settled)
	c.float(&x.known)
	for i := range x.spans {
		c.float(&x.spans[i].low)
		c.float(&x.spans[i].high)
	}
	sample, _ := x.seen.AppendBinary(nil) // it never fails
	text := string(sample)
	if c.text(&text); c.reading && c.err == nil {
		c.err = x.seen.UnmarshalBinary([]byte(text))
	}
	optional(c, &x.model, func() *anomaly.Forest { return new(anomaly.Forest) }, func(f *anomaly.Forest) {
		text = ""
		if !c.reading {
			model, _ := f.AppendBinary(nil) // it never fails
			text = string(model)
		}
		if c.text(&text); c.reading && c.err == nil {
			c.err = f.UnmarshalBinary([]byte(text))
		}
	})
	if c.reading && c.err == nil && (math.IsNaN(x.known) || x.model != nil && !slices.Equal(x.model.Columns(), x.columns)) {
		c.fail("what a rule has learnt does not fit it")
	}
}

// learner is a method that learns something of its rule, beside its groups.
type learner interface {
	size() int64
	forget()
	code(c *codec)
}

// accountMethod notes what the rule's method holds now.
func (en *Engine) accountMethod(c *compiled) {
	if l, ok := c.method.(learner); ok {
		size := l.size()
		en.stats.Bytes += size - c.bytes
		c.bytes = size
	}
}
