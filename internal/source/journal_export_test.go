package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// exported returns the texts of the entries, and how reading ended.
func exported(t *testing.T, text string) (all []string, cut int, err error) {
	t.Helper()
	r := journalReader{bufio.NewReaderSize(strings.NewReader(text), 16)}
	for {
		e, err := r.next()
		if err != nil {
			return all, cut, err
		}
		out, short := appendEntry(nil, e)
		if short || e.cut {
			cut++
		}
		size := 0
		for _, f := range e.fields {
			size += len(f.name) + len(f.value)
		}
		if !json.Valid(out) || !utf8.Valid(out) || len(out) > record.MaxText || len(e.fields) > maxJournalFields || size > maxJournalEntry+maxJournalName || len(e.cursor) > maxCursor {
			t.Fatalf("%d bytes in %d fields become %.200s", size, len(e.fields), out)
		}
		all = append(all, e.cursor+string(out))
	}
}

// binaryField writes a field with its length.
func binaryField(name, value string) string {
	return name + "\n" + string(binary.LittleEndian.AppendUint64(nil, uint64(len(value)))) + value + "\n"
}

func TestJournalExport(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		got, cut, err := exported(t, text)
		if !errors.Is(err, io.EOF) || cut > 0 || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q: %q, %d cut, %v, want %q", text, got, cut, err, want)
		}
	}
	f("")
	f("\n\n\n")
	f("__CURSOR=a\nMESSAGE=one\n\n__CURSOR=b\nMESSAGE=two=2\n\n", `a{"MESSAGE":"one"}`, `b{"MESSAGE":"two=2"}`)
	f("__CURSOR=a\n"+binaryField("MESSAGE", "one\ntwo\n\n__CURSOR=z")+"PRIORITY=3\n\n", `a{"MESSAGE":"one\ntwo\n\n__CURSOR=z","PRIORITY":"3"}`)
	f("__CURSOR=a\n"+binaryField("MESSAGE", "")+"\n", `a{"MESSAGE":""}`)
	f("__CURSOR=a\nMESSAGE=\n\n", `a{"MESSAGE":""}`)
	f("__CURSOR=a\n"+binaryField("MESSAGE", "\xff\x00")+"\n", "a{\"MESSAGE\":\"\ufffd\\u0000\"}")
	f("__CURSOR=a\nMESSAGE=x\n", []string{}...) // it has no end yet
	f("__CURSOR=a\nMESSAGE=1\nMESSAGE=2\n_SELINUX_CONTEXT=x\nmessage=x\n=x\nCODE_LINE=7\n\n", `a{"MESSAGE":"1","CODE_LINE":"7"}`)
	f("__CURSOR=a\n"+binaryField("MESSAGE", "1")[:10], []string{}...)
}

func TestJournalExportOfHostilePrograms(t *testing.T) {
	wrong := func(text string) {
		t.Helper()
		if got, _, err := exported(t, text); len(got) > 0 || !errors.Is(err, errJournal) {
			t.Errorf("%.80q: %q, %v", text, got, err)
		}
	}
	wrong("MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff")
	wrong("MESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00abc")
	wrong(strings.Repeat("A", 65) + "\n\x01\x00\x00\x00\x00\x00\x00\x00a\n\n")
	wrong("__CURSOR=" + strings.Repeat("a", maxCursor+1) + "\n\n")
	f := func(text string, most int) {
		t.Helper()
		got, cut, err := exported(t, "__CURSOR=a\n"+text+"\n__CURSOR=b\nMESSAGE=next\n\n")
		if !errors.Is(err, io.EOF) || len(got) != 2 || cut != 1 || got[1] != `b{"MESSAGE":"next"}` || len(got[0]) > most {
			t.Errorf("%.80q: %d entries, %d cut, %v", text, len(got), cut, err)
		}
	}
	long := strings.Repeat("m", 2<<20)
	f("MESSAGE="+long+"\n", maxJournalField+100)
	f(binaryField("MESSAGE", long), maxJournalField+100)
	f("MESSAGE="+strings.Repeat("\x01", maxJournalField)+"\n", record.MaxText+100)
	f("MESSAGE=a\n"+strings.Repeat("A"+strings.Repeat("b", 200)+"=c\n", 1)+binaryField("X", long), maxJournalField+200)
	var many strings.Builder
	for i := range 2000 {
		many.WriteString("F" + strings.Repeat("I", i%60) + string(rune('A'+i%26)) + string(rune('A'+i/26%26)) + string(rune('A'+i/676)) + "=" + strings.Repeat("v", 1000) + "\n")
	}
	f(many.String(), record.MaxText)
}

func FuzzJournalExport(f *testing.F) {
	f.Add([]byte("__CURSOR=a\nMESSAGE=one\n\n" + binaryField("MESSAGE", "x\ny") + "__CURSOR=b\n\n"))
	f.Add([]byte("MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		whole, _, _ := exported(t, string(text))
		// What is written in the form that can hold everything comes back.
		var again bytes.Buffer
		again.WriteString("__CURSOR=c\n" + binaryField("MESSAGE", string(text)) + "\n")
		got, _, err := exported(t, again.String())
		if len(got) != 1 || !errors.Is(err, io.EOF) {
			t.Fatalf("%q, %v", got, err)
		}
		// Nothing before it makes an entry disappear that comes behind a whole one.
		more, _, _ := exported(t, "__CURSOR=c\nMESSAGE=first\n\n"+string(text))
		if len(more) != len(whole)+1 || more[0] != `c{"MESSAGE":"first"}` {
			t.Fatalf("%d entries, want %d", len(more), len(whole)+1)
		}
	})
}
