package anomaly

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func stateOf(t testing.TB, d *Detector) []byte {
	t.Helper()
	b, err := d.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestADetectorGoesOnWhereItsStateWasTaken(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	d, at := newDetector(t, Config{Warmup: 5, Floor: 0.5, Slots: 7, Period: 36 * time.Hour}), start()
	for i := range 4000 {
		if i%97 == 0 {
			var again Detector
			if err := again.UnmarshalBinary(stateOf(t, d)); err != nil {
				t.Fatal(err)
			}
			d, at = &again, at.Add(time.Hour)
			continue
		}
		at = at.Add(time.Minute)
		x := random.ExpFloat64()
		before := stateOf(t, d)
		var other Detector
		if err := other.UnmarshalBinary(before); err != nil {
			t.Fatal(err)
		}
		if a, b := d.Observe(at, x), other.Observe(at, x); a != b {
			t.Fatalf("value %d scores %v, restored %v", i, a, b)
		}
		if !bytes.Equal(stateOf(t, d), stateOf(t, &other)) {
			t.Fatalf("value %d: the states differ afterwards", i)
		}
	}
}

func TestAForestIsReadAsItWasWritten(t *testing.T) {
	table := traffic(500, math.NaN(), 3, math.Inf(1))
	forest := train(t, table, ForestConfig{Seed: 2})
	var again Forest
	if err := again.UnmarshalBinary(encode(t, forest)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, forest), encode(t, &again)) {
		t.Error("the model differs after reading")
	}
	for i := range table.Rows() {
		if a, b := forest.Score(table.Row(i)), again.Score(table.Row(i)); a != b {
			t.Fatalf("row %d scores %v, read again %v", i, a, b)
		}
	}
}

func TestStatesThatAreRefused(t *testing.T) {
	d := newDetector(t, Config{})
	feed(d, 500, wave)
	detector, forest := stateOf(t, d), encode(t, train(t, traffic(50), ForestConfig{Trees: 2}))
	f := func(data []byte, want string) {
		t.Helper()
		before := stateOf(t, d)
		if err := d.UnmarshalBinary(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("detector: %v, want %q", err, want)
		}
		if !bytes.Equal(before, stateOf(t, d)) {
			t.Error("the detector changed though the state was refused")
		}
		if err := new(Forest).UnmarshalBinary(data); err == nil {
			t.Error("the forest took it")
		}
	}
	f(nil, "does not begin with")
	f(forest[:100], "does not begin with")
	f(detector[:len(detector)-1], "cut short")
	f(append(bytes.Clone(detector), 0), "1 bytes follow")
	nan := bytes.Clone(detector)
	copy(nan[len(detectorMagic)+6*8:], bytes.Repeat([]byte{0xff}, 8))
	f(nan, "NaN")
	inverted := bytes.Clone(detector)
	bands := len(detectorMagic) + (6+longest)*8 // of the value: n, low, high, middle
	copy(inverted[bands+8:], binary.LittleEndian.AppendUint64(nil, math.Float64bits(1e9)))
	f(inverted, "a range from 1e+09 to")
	for i := range forest {
		if err := new(Forest).UnmarshalBinary(forest[:i]); err == nil {
			t.Fatalf("the first %d of %d bytes of a forest were taken", i, len(forest))
		}
	}
}

func FuzzDetectorState(f *testing.F) {
	d, err := NewDetector(Config{Slots: 2})
	if err != nil {
		f.Fatal(err)
	}
	feed(d, 300, wave)
	f.Add(stateOf(f, d))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d Detector
		if d.UnmarshalBinary(data) != nil {
			return
		}
		for i, x := range []float64{1, -1e300, math.Inf(1), 0} {
			if s := d.Observe(start().Add(time.Duration(i)*time.Hour), x); !(s >= 0 && s < 1) {
				t.Fatalf("%v scores %v", x, s)
			}
		}
		var again Detector
		if err := again.UnmarshalBinary(stateOf(t, &d)); err != nil {
			t.Fatalf("what it writes it does not read: %v", err)
		}
	})
}

func FuzzForestModel(f *testing.F) {
	table := traffic(20)
	f.Add(encode(f, train(f, table, ForestConfig{Trees: 2, Sample: 8})))
	f.Fuzz(func(t *testing.T, data []byte) {
		var forest Forest
		if forest.UnmarshalBinary(data) != nil {
			return
		}
		row := make([]float64, len(forest.Columns()))
		if s := forest.Score(row); math.IsNaN(s) {
			t.Fatalf("scores %v", s)
		}
		forest.Explain(nil, row)
		if !bytes.Equal(data, encode(t, &forest)) {
			t.Fatal("the model differs after reading")
		}
	})
}

func TestAReservoirGoesOnWhereItsStateWasTaken(t *testing.T) {
	table := traffic(3000, math.NaN(), math.Inf(1), 0)
	fresh := func() *Reservoir {
		r, err := NewReservoir(table.Columns, 200, 7)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	state := func(r *Reservoir) []byte {
		b, err := r.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one, many := fresh(), fresh()
	for i := range table.Rows() {
		if i%150 == 0 {
			before := state(many)
			many = fresh()
			if err := many.UnmarshalBinary(before); err != nil {
				t.Fatal(err)
			}
			one.Forget(500)
			many.Forget(500)
		}
		one.Add(table.Row(i))
		many.Add(table.Row(i))
	}
	if !bytes.Equal(state(one), state(many)) {
		t.Error("the samples differ")
	}
	whole := state(one)
	for _, n := range []int{0, 7, 8, 30, len(whole) - 1} {
		if err := fresh().UnmarshalBinary(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were read", n, len(whole))
		}
	}
	other, err := NewReservoir([]string{"a"}, 200, 7)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.UnmarshalBinary(whole); err == nil {
		t.Error("a sample of three columns was read into one")
	}
}

func FuzzReservoirState(f *testing.F) {
	columns := []string{"a", "b"}
	seed, err := NewReservoir(columns, 3, 1)
	if err != nil {
		f.Fatal(err)
	}
	for i := range 5 {
		seed.Add([]float64{float64(i), 1})
	}
	b, err := seed.AppendBinary(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	endless := bytes.Clone(b)
	copy(endless[len(reservoirMagic):], "\xff\xff\xff\xff\xff\xff\xff\xff") // as many rows as a count holds
	f.Add(endless)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReservoir(columns, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		if r.UnmarshalBinary(data) != nil {
			return
		}
		for range 9 {
			if !r.Add([]float64{1, 2}) || r.Table().Rows() > 3 {
				t.Fatalf("%d rows", r.Table().Rows())
			}
		}
	})
}

func TestForgedForestsAreRefused(t *testing.T) {
	table := traffic(300, 1, 2, 3)
	f := func(what string, change func(f *Forest)) {
		t.Helper()
		forest := train(t, table, ForestConfig{Seed: 2})
		change(forest)
		if err := new(Forest).UnmarshalBinary(encode(t, forest)); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	f("a range upside down", func(f *Forest) { f.usual[0] = span{low: 2, high: 1} })
	f("a path of less than nothing", func(f *Forest) { f.trees[0][len(f.trees[0])-1].path = -1 })
	f("paths that are measured by the largest number", func(f *Forest) { f.norm = math.MaxFloat64 })
}
