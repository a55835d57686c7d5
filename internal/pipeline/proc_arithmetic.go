package pipeline

import (
	"math"

	"github.com/sasumata/sasumata/internal/event"
)

// arithmeticProcessor is the arithmetic-processor: a formula over attributes.
type arithmeticProcessor struct {
	expr           *expr
	target         string
	replaceMissing bool
}

var _ Processor = (*arithmeticProcessor)(nil)

// Process writes the result, rounded to nine decimals; a whole result of whole
// numbers stays whole. A missing operand skips the processor, or counts as 0
// with replaceMissing. Infinities and NaN write nothing.
func (p *arithmeticProcessor) Process(e *event.Event, _ *Machine) {
	f, ok := p.expr.eval(e, p.replaceMissing)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return
	}
	if scaled := f * 1e9; math.Abs(scaled) < 1<<53 {
		f = math.Round(scaled) / 1e9
	}
	e.Set(p.target, event.FloatValue(f))
}

// expr is a node of a formula: an operator over left and right, a path, or a
// number.
type expr struct {
	op          byte // + - * / or 0
	left, right *expr
	path        string
	number      float64
}

func (x *expr) eval(e *event.Event, replaceMissing bool) (float64, bool) {
	if x.op == 0 {
		if x.path == "" {
			return x.number, true
		}
		v, ok := e.Get(x.path)
		if ok {
			if f, isNumber := v.Number(); isNumber {
				return f, true
			}
		}
		return 0, replaceMissing && !ok
	}
	a, ok := x.left.eval(e, replaceMissing)
	if !ok {
		return 0, false
	}
	b, ok := x.right.eval(e, replaceMissing)
	if !ok {
		return 0, false
	}
	switch x.op {
	case '+':
		return a + b, true
	case '-':
		return a - b, true
	case '*':
		return a * b, true
	default:
		return a / b, true
	}
}
