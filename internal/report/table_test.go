package report

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	table := Table{
		Header: []string{"value", "n"},
		Rows:   [][]string{{"=1+1", "-5"}, {"日本\x1b[31m", "12"}, {"-cmd", "-1-1"}, {strings.Repeat("x", 500), ""}},
		Right:  []bool{false, true},
	}
	var text, csv strings.Builder
	if err := table.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := table.WriteCSV(&csv); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "\x1b") || strings.Contains(text.String(), strings.Repeat("x", 121)) || !strings.Contains(text.String(), "日本\\x1b[31m") {
		t.Errorf("the text is\n%s", text.String())
	}
	want := "value,n\n'=1+1,-5\n日本\\x1b[31m,12\n'-cmd,'-1-1\n" + strings.Repeat("x", 500) + ",\n"
	if csv.String() != want {
		t.Errorf("the CSV is\n%s", csv.String())
	}
}
