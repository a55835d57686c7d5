package detect

import (
	"reflect"
	"testing"
)

// TestEveryCounterIsSubtracted fills every number of Stats, so that one that is added
// is either in the list of counters or named here.
func TestEveryCounterIsSubtracted(t *testing.T) {
	stays := map[string]bool{"Groups": true, "Bytes": true, "Open": true, "Checked": true, "Missed": true}
	var now, before Stats
	n, b := reflect.ValueOf(&now).Elem(), reflect.ValueOf(&before).Elem()
	for i := range n.NumField() {
		n.Field(i).SetInt(int64(100 + i))
		b.Field(i).SetInt(1)
	}
	since := reflect.ValueOf(now.Since(before))
	for i := range n.NumField() {
		name, want := n.Type().Field(i).Name, int64(100+i-1)
		if stays[name] {
			want++
		}
		if got := since.Field(i).Int(); got != want {
			t.Errorf("%s: %d since then, want %d: is it in the list of counters?", name, got, want)
		}
	}
	if now.Events != 100 {
		t.Error("Since changes the counters that it is called with")
	}
}
