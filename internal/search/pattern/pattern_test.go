package pattern

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

func mine(messages ...string) Found {
	m := New()
	for i, text := range messages {
		m.Add(text, "", int64(i+1), true)
	}
	return m.Found(1000)
}

func TestMessagesOfOneFormAreOnePattern(t *testing.T) {
	f := func(want []string, messages ...string) {
		t.Helper()
		var got []string
		for _, p := range mine(messages...).Patterns {
			got = append(got, fmt.Sprint(p.Count, " ", p.Text))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	f([]string{"3 Failed password for * from * port * ssh2", "1 Connection closed by 192.0.2.1 [preauth]"},
		"Failed password for root from 192.0.2.1 port 41000 ssh2", "Connection closed by 192.0.2.1 [preauth]",
		"Failed password for alice from 192.0.2.77 port 52001 ssh2", "Failed password for bob from 2001:db8::1 port 1 ssh2")
	// What varies is the first word: four of them are one pattern, three are not yet.
	f([]string{"4 * logged in"}, "ann logged in", "bob logged in", "eve logged in", "sam logged in")
	f([]string{"1 ann logged in", "1 bob logged in", "1 eve logged in"}, "ann logged in", "bob logged in", "eve logged in")
	// So it is with any of few words: an outcome is no name.
	f([]string{"2 User login failed", "1 User login succeeded"}, "User login failed", "User login succeeded", "User login failed")
	f([]string{"4 session closed *"}, "session closed ann", "session closed bob", "session closed eve", "session closed sam")
	// Numbers that are always the same are no wildcards, different words stay apart.
	f([]string{"2 disk sda1 is full", "2 disk sda1 was replaced by admin"}, "disk sda1 is full", "disk sda1 is full", "disk sda1 was replaced by admin", "disk sda1 was replaced by admin")
	f([]string{`3 * - - [* +0000] "GET * HTTP/1.1" * * "-" "*"`},
		`192.0.2.1 - - [22/Nov/2026:15:10:11 +0000] "GET /search?q=a HTTP/1.1" 200 2777 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"`,
		`192.0.2.9 - - [22/Nov/2026:15:10:12 +0000] "GET /products HTTP/1.1" 304 0 "-" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0"`,
		`198.51.100.9 - - [22/Nov/2026:15:10:13 +0000] "GET / HTTP/1.1" 500 12 "-" "curl/8.5.0"`)
	f([]string{"4 ユーザー*が*からログインに失敗しました"}, "ユーザーannが192.0.2.1からログインに失敗しました", "ユーザーbobが192.0.2.99からログインに失敗しました",
		"ユーザーeveが192.0.2.7からログインに失敗しました", "ユーザーsamが192.0.2.8からログインに失敗しました")
	f([]string{"2 level=info msg=\"request done\" id=* took=*"}, `level=info msg="request done" id=a1 took=3ms`, `level=info msg="request done" id=zz9 took=12ms`)
	f([]string{"2 "}, "", "")
	f(nil)
}

func TestPatternsSayWhatTheyAre(t *testing.T) {
	m := New()
	m.Add("took 5 ms", "info", 20, true)
	m.Add("took 7 ms", "error", 10, true)
	m.Add("took 7 ms", "error", 0, false)
	m.Add("something else happened", "", 0, false)
	want := Found{Messages: 4, Cut: 1, Patterns: []Pattern{{
		Pieces: []Piece{{Text: "took "}, {Values: []string{"5", "7"}}, {Text: " ms"}}, Text: "took * ms", Count: 3, Share: 0.75, First: 10, Last: 20,
		Statuses: map[string]int64{"info": 1, "error": 2}, Example: "took 5 ms", Query: `"took" "ms"`,
	}}}
	if diff := cmp.Diff(want, m.Found(1)); diff != "" {
		t.Error(diff)
	}
	// To look does not change what is found later.
	if diff := cmp.Diff(m.Found(9), m.Found(9)); diff != "" {
		t.Error(diff)
	}
}

func TestThereIsRoomForManyNames(t *testing.T) {
	var messages []string
	for i := range 26 * 26 {
		messages = append(messages, fmt.Sprintf("session closed %c%c", 'a'+i%26, 'a'+i/26))
	}
	if found := mine(messages...); len(found.Patterns) != 1 || found.Patterns[0].Text != "session closed *" || found.Left != 0 {
		t.Errorf("%+v", found)
	}
}

func TestStatusesOfJoinedPatternsAreBounded(t *testing.T) {
	m := New()
	for i := range 60 {
		m.Add(string(rune('a'+i%6))+" logged in", fmt.Sprint("status ", i), 0, false)
	}
	p := m.Found(9).Patterns[0]
	sum := int64(0)
	for _, n := range p.Statuses {
		sum += n
	}
	if p.Count != 60 || sum != 60 || len(p.Statuses) > maxStatuses+1 {
		t.Errorf("%d of 60 messages, %d with statuses, of which there are %d", p.Count, sum, len(p.Statuses))
	}
}

func TestAStarInAMessageIsNoWildcard(t *testing.T) {
	p := mine("select * from users").Patterns[0]
	if len(p.Pieces) != 1 || p.Pieces[0].Values != nil || p.Query != `"select from users"` {
		t.Errorf("%+v", p)
	}
}

func TestSameMessagesSamePatterns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	messages := make([]string, 3000)
	for i := range messages {
		words := make([]string, 1+r.IntN(6))
		for k := range words {
			words[k] = fmt.Sprintf("%c%c", 'a'+r.IntN(12), 'a'+r.IntN(3))
		}
		messages[i] = strings.Join(words, []string{" ", "=", ", "}[r.IntN(3)])
	}
	if diff := cmp.Diff(mine(messages...), mine(messages...)); diff != "" {
		t.Error(diff)
	}
}

func TestHostileMessagesAreBounded(t *testing.T) {
	m := New()
	r := rand.New(rand.NewPCG(3, 4))
	const n = 60_000
	for i := range n {
		words := make([]string, r.IntN(9))
		for k := range words {
			words[k] = strings.Map(func(rune) rune { return 'a' + r.Int32N(26) }, "xxxxxx")
		}
		m.Add(strings.Join(words, string(" =,;([{<"[r.IntN(8)])), fmt.Sprint("status", i), int64(i), true)
	}
	long := strings.Repeat("a very long message ", 100_000)
	m.Add(long, "", 0, false)
	m.Add(strings.Repeat("x", 1<<20), "", 0, false)
	m.Add(strings.Repeat("\xff\x00", 1<<15), "", 0, false)
	found := m.Found(MaxPatterns)
	sum := found.Left
	for _, p := range found.Patterns {
		sum += p.Count
		if len(p.Example) > maxExample || len(p.Statuses) > maxStatuses+1 || len(p.Text) > maxBytes+maxValue {
			t.Errorf("%d bytes of an example, %d statuses, %d bytes of a text", len(p.Example), len(p.Statuses), len(p.Text))
		}
	}
	if sum != n+3 || found.Messages != n+3 || found.Left == 0 || len(m.clusters) > MaxPatterns || m.nodes > maxNodes {
		t.Errorf("%d of %d messages, %d left; %d patterns, %d places", sum, n+3, found.Left, len(m.clusters), m.nodes)
	}
}

func TestTheTreeIsBounded(t *testing.T) {
	m := New()
	for _, gap := range []string{" ", "=", ",", ";", "(", "["} {
		for i := range 100 * 100 {
			m.Add(fmt.Sprintf("%c%c%s%c%c%s x", 'a'+i%10, 'a'+i/10%10, gap, 'a'+i/100%10, 'a'+i/1000, gap), "", 0, false)
		}
	}
	if m.nodes > maxNodes || m.nodes < maxNodes/2 {
		t.Errorf("%d places", m.nodes)
	}
}

func TestQuotesThatEndBeginNothing(t *testing.T) {
	var s splitter
	words, _ := s.cut(`"a" one two three four five "b"`)
	if len(words) != 7 {
		t.Errorf("%d words: %+v", len(words), words)
	}
	if words, _ = s.cut(`said "one two three four five" twice`); len(words) != 3 || !words[1].varies {
		t.Errorf("%d words: %+v", len(words), words)
	}
}

func TestSearchesOfPatternsAreShort(t *testing.T) {
	const text = "alpha 1 beta beta 2 gamma 3 delta delta 4 epsilon epsilon 5 zeta"
	if p := mine(text, strings.NewReplacer("1", "6", "2", "7", "3", "8", "4", "9", "5", "0").Replace(text)).Patterns[0]; p.Query != `"alpha" "beta beta" "delta delta" "epsilon epsilon"` {
		t.Error(p.Query)
	}
}

func TestWhatIsLongIsCut(t *testing.T) {
	f := func(a, b string) {
		t.Helper()
		found := mine(a, b)
		if len(found.Patterns) != 1 || found.Patterns[0].Pieces[len(found.Patterns[0].Pieces)-1].Values == nil {
			t.Errorf("%+v", found.Patterns)
		}
	}
	head := strings.Repeat("one ", maxWords)
	f(head+"alpha beta", head+"gamma")
	body := strings.Repeat("x", 40) + " " + strings.Repeat("words ", 60)
	body += strings.Repeat("y", maxBytes-len(body)-2) + " passw"
	f(body+"ord one", body+"age two")
}

// matches reports whether the search of a pattern finds a message.
func matches(t *testing.T, p *Pattern, message string) bool {
	t.Helper()
	q, err := query.Parse(p.Query)
	if err != nil {
		t.Fatalf("the search %s of %q: %v", p.Query, p.Text, err)
	}
	e := event.New()
	e.Message = message
	return q.Match(e)
}

func TestTheSearchOfAPatternFindsItsMessages(t *testing.T) {
	for _, text := range []string{
		"Failed password for root from 192.0.2.1 port 41000 ssh2", "ユーザーannが192.0.2.1からログインに失敗しました", `{"a":"b c","n":1} AND OR NOT`,
		"kernel: [12.5] usb 1-1: new high-speed USB device", "a", "", "***", "ünïcode wörds wéré hère 3", "a\x00b \xff c",
	} {
		found := mine(text, text)
		if p := &found.Patterns[0]; p.Query != "" && !matches(t, p, text) {
			t.Errorf("%s does not find %q", p.Query, text)
		}
	}
}

func FuzzMine(f *testing.F) {
	f.Add("Failed password for root from 192.0.2.1\nFailed password for bob from 192.0.2.9\nann in\nbob in\neve in\nsam in")
	f.Add("a=\"one two three four five\" b\na=\"x\" b\n\x00*\n\xff\nユーザーが1から\nユーザーが2から")
	f.Add(strings.Repeat("w ", 100) + "\n" + strings.Repeat("w ", 101))
	f.Fuzz(func(t *testing.T, text string) {
		messages := strings.Split(text, "\n")
		m := New()
		for _, message := range messages {
			m.Add(message, message, 1, true)
			words, gaps := m.split.cut(message)
			var b strings.Builder
			for i, w := range words {
				b.WriteString(gaps[i])
				b.WriteString(w.text)
			}
			if b.WriteString(gaps[len(words)]); b.String() != message || len(words) > maxWords {
				t.Fatalf("%q came back as %q of %d words", message, b.String(), len(words))
			}
		}
		found := m.Found(MaxPatterns)
		sum := found.Left
		for i := range found.Patterns {
			p := &found.Patterns[i]
			sum += p.Count
			if p.Query != "" && !matches(t, p, messages[slices.IndexFunc(messages, func(s string) bool { return cut(s, maxExample) == p.Example })]) {
				t.Errorf("%s does not find %q", p.Query, p.Example)
			}
		}
		if sum != int64(len(messages)) {
			t.Errorf("%d of %d messages", sum, len(messages))
		}
	})
}

func BenchmarkMine(b *testing.B) {
	messages := make([]string, 1000)
	for i := range messages {
		messages[i] = fmt.Sprintf(`192.0.2.%d - - [22/Nov/2026:15:10:%02d +0000] "GET /item/%d HTTP/1.1" 200 %d "-" "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"`, i%250, i%60, i, i*7)
	}
	m := New()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Add(messages[i%1000], "ok", int64(i), true)
	}
}
