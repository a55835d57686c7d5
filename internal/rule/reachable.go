package rule

import "slices"

// maxCells bounds how many combinations of values Unreachable tries.
const maxCells = 50_000

// Unreachable returns the indexes of the cases that can never win: whatever the
// queries add up to, a case above them holds, or they do not. Conditions compare
// queries with numbers, so trying one value between all of these numbers decides
// it. A rule with THEN, or with too many comparisons, has none that is known.
func (r *Rule) Unreachable() []int {
	values := make([][]float64, len(r.conditionNames()))
	cells := 1
	for i := range values {
		values[i] = r.samples(i)
		if cells *= len(values[i]); cells > maxCells {
			return nil
		}
	}
	won := make([]bool, len(r.Cases))
	for _, c := range r.Cases {
		if c.Expr == nil || c.Expr.Steps() != 1 {
			return nil
		}
	}
	cell := make([]float64, len(values))
	for n := range cells {
		for i := range cell {
			cell[i] = values[i][n%len(values[i])]
			n /= len(values[i])
		}
		for i := range r.Cases {
			if r.Cases[i].Expr.Eval(0, cell) {
				won[i] = true
				break
			}
		}
	}
	var never []int
	for i, ok := range won {
		if !ok {
			never = append(never, i)
		}
	}
	return never
}

// samples returns one value in each range between the numbers that the conditions
// compare the query with, the numbers themselves included; none below 0.
func (r *Rule) samples(query int) []float64 {
	numbers := []float64{0}
	for _, c := range r.Cases {
		if c.Expr == nil {
			continue
		}
		c.Expr.comparisons(func(n *node) {
			if n.query == query {
				numbers = append(numbers, n.number)
			}
		})
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var all []float64
	for i, number := range numbers {
		all = append(all, number)
		if i+1 < len(numbers) {
			all = append(all, (number+numbers[i+1])/2)
		} else {
			all = append(all, number+1)
		}
	}
	return all
}
