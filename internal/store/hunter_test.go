package store

import (
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// FuzzHunt asks messages for a search, with looking for what it needs first and without.
func FuzzHunt(f *testing.F) {
	f.Add("*item/77*", "GET /shop/item/7712\nget /SHOP/ITEM/77\n\nitem\n77item")
	f.Add(`"failed password"`, "Failed  Password for x\nfailed pass\u017fword\nFAILED\nPASSWORD failed")
	f.Add("message:*kiosk*", "the \u212aios\u212a\nKIOSK\nkios")
	f.Add(`message:"\u0130stanbul"`, "istanbul\n\u0130STANBUL")
	f.Add("*ab*", "xa\nbx\nab\nAb")
	f.Fuzz(func(t *testing.T, search, messages string) {
		q, err := query.Parse(search)
		if err != nil {
			return
		}
		test, ok := query.TestOf(q.Root())
		if !ok {
			return
		}
		needs := test.Needs()
		if len(needs) == 0 {
			return
		}
		texts := strings.Split(messages, "\n")
		v := &vector{kind: 's', rows: 2 * len(texts)}
		var page textPage
		page.ends = []uint32{0}
		for i, text := range texts { // a row without a value between each two
			page.raw = append(page.raw, text...)
			page.ends = append(page.ends, uint32(len(page.raw)))
			v.idx = append(v.idx, int32(i), -1)
			if i%3 == 2 { // and some pages
				v.texts = append(v.texts, page)
				page = textPage{ends: []uint32{0}, first: i + 1}
			}
		}
		v.texts = append(v.texts, page)
		v.size = len(texts)
		got, err := v.hunt(nil, asker{needs: needs, ask: func(value event.Value) (verdict, error) { return verdictOf(test.Text(value.Str())), nil }})
		if err != nil {
			t.Fatal(err)
		}
		for row, said := range got.each(v.rows) {
			want := no
			if row%2 == 0 {
				want = verdictOf(test.Text(texts[row/2]))
			}
			if said != want {
				t.Errorf("%q on row %d, %q: %d, want %d", search, row, texts[row/2], said, want)
			}
		}
	})
}

func TestTheRarestByteIsLookedFor(t *testing.T) {
	h := newHunter([]byte(strings.Repeat("aaab ", 100)+"Xab"), []string{"aab", "xa"})
	if at := h.next(0); at != 500 || h.lower != 'x' || h.next(501) != -1 {
		t.Errorf("found at %d by %q", at, h.lower)
	}
}

// A page says where its texts end: what it says is not believed.
func TestTextsThatAreNotWhereTheyShouldBe(t *testing.T) {
	for _, ends := range [][]uint32{{0, 4}, {0, 2, 1}, {3, 1}} {
		v := &vector{kind: 's', rows: 3}
		page := parquet.ByteArrayType.NewPage(0, len(ends)-1, parquet.ByteArrayType.NewValues([]byte("abc"), ends))
		if err := v.values(page); err == nil {
			t.Errorf("%v is taken", ends)
		}
	}
}
