package report

import (
	"fmt"
	"math"
	"testing"
)

func TestDistinct(t *testing.T) {
	for _, n := range []int{0, 1, 1000, exactDistinct, exactDistinct + 1, 300_000, 2_000_000} {
		var d distinct
		for i := range n {
			d.add(hashOf(7, "203.0.113.1", fmt.Sprint(i)))
			d.add(hashOf(7, "203.0.113.1", fmt.Sprint(i/2))) // seen before
		}
		got, estimated := d.count()
		if estimated != (n > exactDistinct) {
			t.Errorf("%d values: estimated %v", n, estimated)
		}
		if miss := math.Abs(float64(got)-float64(n)) / max(1, float64(n)); !estimated && miss != 0 || miss > 0.03 {
			t.Errorf("%d values are counted as %d", n, got)
		}
	}
	if hashOf(0, "a", "b") == hashOf(0, "ab", "") || hashOf(0, "a") == hashOf(1, "a") {
		t.Error("different texts have one hash")
	}
}
