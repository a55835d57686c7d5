package record_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
)

func TestBatchesComeBackAsTheyWere(t *testing.T) {
	c := record.NewCodec()
	f := func(records ...record.Record) {
		t.Helper()
		data, err := c.Encode(records)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(records, got); diff != "" && len(records)+len(got) > 0 {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f()
	f(record.Record{})
	f(record.Record{Text: "a", Received: math.MaxInt64}, record.Record{Text: "b", Received: math.MinInt64})
	f(record.Record{Text: "\xff\x00\n", Source: "sshd", Service: "sshd", Host: "h1", Tags: []string{"env:prod", "sshd"}, Received: 1},
		record.Record{Text: strings.Repeat("x", record.MaxText), Source: "nginx", Host: "h1", Tags: []string{"env:prod"}, Received: -1})
	f(record.Record{Text: "a\nb", Received: 1, Whole: true, Source: "audit"}, record.Record{Text: "c", Received: 2, Source: "audit"})
	many := make([]record.Record, record.MaxBatch)
	for i := range many {
		many[i] = record.Record{Text: fmt.Sprint("line ", i), Tags: []string{fmt.Sprint("n:", i)}, Received: int64(i)}
	}
	f(many...)
}

func TestBatchesAreBounded(t *testing.T) {
	c := record.NewCodec()
	if _, err := c.Encode(make([]record.Record, record.MaxBatch+1)); err == nil {
		t.Error("too many records were taken")
	}
	big := record.Record{Text: strings.Repeat("x", record.MaxText)}
	if _, err := c.Encode([]record.Record{big, big, big, big, big, big}); err == nil {
		t.Error("too many bytes were taken")
	}
}

func TestClip(t *testing.T) {
	shared := []string{strings.Repeat("t", record.MaxName+1)}
	r := record.Record{Text: strings.Repeat("x", record.MaxText+1), Host: strings.Repeat("h", record.MaxName+1), Tags: shared}
	if !r.Clip() || len(r.Text) != record.MaxText || len(r.Host) != record.MaxName || len(r.Tags[0]) != record.MaxName {
		t.Error("it is not cut")
	}
	if len(shared[0]) != record.MaxName+1 {
		t.Error("the tags of others were cut, too")
	}
	if r.Clip() {
		t.Error("cut twice")
	}
}

func FuzzDecode(f *testing.F) {
	c := record.NewCodec()
	for _, records := range [][]record.Record{nil, {{Text: "a", Tags: []string{"b", "b"}, Received: 5}, {Host: "b"}}} {
		data, err := c.Encode(records)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\x28\xb5\x2f\xfd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := c.Decode(data)
		if err != nil {
			return
		}
		again, err := c.Encode(records)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Decode(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(records, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzDecodePlain is FuzzDecode behind the compression, which few inputs get through.
func FuzzDecodePlain(f *testing.F) {
	f.Add([]byte("\x01\x01\x0a\x00\x01a\x00\x00\x01\x00\x01x"))
	f.Fuzz(func(t *testing.T, plain []byte) {
		if records, err := record.DecodePlain(plain); err == nil && len(records) > record.MaxBatch {
			t.Errorf("%d records", len(records))
		}
	})
}

// TestSizeIsEnough packs batches by Size: they are never too large for Encode.
func TestSizeIsEnough(t *testing.T) {
	c := record.NewCodec()
	f := func(what string, one func(i int) record.Record) {
		t.Helper()
		var batch []record.Record
		for size := 0; len(batch) < record.MaxBatch; {
			r := one(len(batch))
			if size += r.Size(); size > record.MaxBytes-1<<10 {
				break
			}
			batch = append(batch, r)
		}
		data, err := c.Encode(batch)
		if err != nil {
			t.Fatalf("%s: %d records: %v", what, len(batch), err)
		}
		if _, err := c.Decode(data); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	f("many tags", func(i int) record.Record {
		r := record.Record{Received: int64(i%2*2-1) * math.MaxInt64}
		for n := range record.MaxTags {
			r.Tags = append(r.Tags, fmt.Sprintf("%0*d", 140, i*record.MaxTags+n))
		}
		return r
	})
	f("long names", func(i int) record.Record {
		name := func(n int) string { return fmt.Sprintf("%0*d", 2000, 3*i+n)[:record.MaxName] }
		return record.Record{Source: name(0), Service: name(1), Host: name(2), Text: strings.Repeat("x", 3100), Received: int64(i%2*2-1) * math.MaxInt64}
	})
}

// TestEncodeRefusesWhatDecodeWould: a batch that cannot be read again is lost.
func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	c := record.NewCodec()
	long := strings.Repeat("n", record.MaxName+1)
	for i, r := range []record.Record{{Source: long}, {Tags: []string{long}}, {Tags: make([]string, record.MaxTags+1)}, {Text: strings.Repeat("x", record.MaxText+1)}} {
		if _, err := c.Encode([]record.Record{r}); err == nil {
			t.Errorf("record %d was taken", i)
		}
	}
}

func TestDecodeRefusesWhatFollows(t *testing.T) {
	if _, err := record.DecodePlain([]byte("\x01\x00x")); err == nil {
		t.Error("bytes behind the last record were taken")
	}
}
