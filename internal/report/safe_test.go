package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	f := func(text string, columns int, want string) {
		t.Helper()
		if got := safe(text, columns); got != want {
			t.Errorf("safe(%q, %d) = %q, want %q", text, columns, got, want)
		}
	}
	f("", 10, "")
	f("plain text", 10, "plain text")
	f("plain texts", 10, "plain tex…")
	f("日本語", 6, "日本語")
	f("日本語です", 6, "日本…")
	f("日本語です", 7, "日本語…")
	f("a\tb", 10, "a b")
	f("\x1b[31m", 20, `\x1b[31m`)
	f("a\r\nb\x00\x7f", 40, `a\r\nb\x00\x7f`)
	f("\u009b2J", 20, `\u009b2J`)
	f("\u202ecod.exe", 20, `\u202ecod.exe`)
	f("zero\u200bwidth\ufeff", 40, `zero\u200bwidth\ufeff`)
	f("a\u2028b\u00a0c", 40, `a\u2028b\u00a0c`)
	f("tag \U000e0041", 40, `tag \U000e0041`)
	f("\xff\xc3(", 40, `\xff\xc3(`)
	f("全角\u3000空白", 20, "全角\u3000空白")
	f("e\u0301\u0301\u0301\u0301", 40, "e\u0301\u0301\u0301"+`\u0301`)
	f(strings.Repeat("\u0301", 100), 10, "\u0301\u0301\u0301"+`\u0301…`)
	f("☃ ok", 10, "☃ ok")
}

func TestPiecesMarkWhatIsEscaped(t *testing.T) {
	got := pieces(`\x1b is text, `+"\x1b is not", 80)
	want := []piece{{`\x1b is text, `, false}, {`\x1b`, true}, {" is not", false}}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("piece %d: got %v, want %v", i, got[i], want[i])
		}
	}
}

// The cost of showing a text follows what is shown, not the text.
func TestPiecesOfHugeText(t *testing.T) {
	for _, text := range []string{"A", "\xff", "\u0301", "\x1b", "長"} {
		small, huge := strings.Repeat(text, 1000), strings.Repeat(text, 1<<22)
		a := testing.AllocsPerRun(5, func() { pieces(small, 100) })
		b := testing.AllocsPerRun(5, func() { pieces(huge, 100) })
		if a != b {
			t.Errorf("%q: %v allocations for a short text, %v for a long one", text, a, b)
		}
	}
}

func TestTextWidth(t *testing.T) {
	f := func(text string, want int) {
		t.Helper()
		if got := textWidth(text); got != want {
			t.Errorf("textWidth(%q) = %d, want %d", text, got, want)
		}
	}
	f("abc", 3)
	f("日本語", 6)
	f("カナ", 4)
	f("\uff76\uff85", 2) // half-width katakana
	f("한국", 4)
	f("e\u0301", 1)
	f("か\u3099", 2)
	f("◆▲■●○█│", 7)
	f("🚨⚡", 4)
	f("𠮷", 2)
	f("\uff081\uff09", 5) // full-width brackets
}

func FuzzSafe(f *testing.F) {
	f.Add(hostile, 40)
	f.Add("\u0301日本\xff\t", 3)
	f.Fuzz(func(t *testing.T, text string, columns int) {
		columns = max(1, min(columns, 500))
		got := safe(text, columns)
		if !utf8.ValidString(got) {
			t.Errorf("%q is not UTF-8", got)
		}
		for _, r := range got {
			if !showable(r) {
				t.Errorf("%q holds %q", got, r)
			}
		}
		if n := textWidth(got); n > columns {
			t.Errorf("%q takes %d columns, want at most %d", got, n, columns)
		}
		if again := safe(got, columns); again != got {
			t.Errorf("twice: %q, once: %q", again, got)
		}
	})
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# h\n- a\n- **b** `c`\n1. x\n```\ncode\n")
	f.Add("**`**`" + hostile)
	f.Fuzz(func(t *testing.T, text string) {
		blocks := markdown(text, maxProse)
		if len(blocks) > maxBlocks+1 {
			t.Errorf("%d blocks", len(blocks))
		}
		for _, b := range blocks {
			for _, item := range b.Items {
				for _, s := range item {
					for _, p := range s.Text {
						for _, r := range p.Text {
							if !showable(r) {
								t.Errorf("%q reaches the page", r)
							}
						}
					}
				}
			}
		}
	})
}
