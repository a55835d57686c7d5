package lab

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWrite writes the logs twice: the same bytes, in all four files, within the morning.
func TestWrite(t *testing.T) {
	read := func(level slog.Level) map[string]string {
		t.Helper()
		dir := t.TempDir()
		if err := Write(t.Context(), dir, level); err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, name := range []string{"access.log", "security.log", "error.log", "alert.log"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			all[name] = string(text)
		}
		return all
	}
	info := read(slog.LevelInfo)
	if !reflect.DeepEqual(info, read(slog.LevelInfo)) {
		t.Error("two mornings differ")
	}
	for name, text := range info {
		if text == "" {
			t.Errorf("%s is empty", name)
		}
		for line := range strings.Lines(text) {
			if !json.Valid([]byte(line)) || !strings.HasPrefix(line, `{"time":"2026-01-16T10:`) {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
	if !strings.Contains(info["access.log"], "[REDACTED:password]") {
		t.Error("no request has a password that was redacted")
	}
	if loud := read(slog.LevelWarn); len(loud["access.log"]) >= len(info["access.log"]) || loud["security.log"] == "" {
		t.Error("the level makes no difference")
	}
}

// TestTexts compares the languages: all texts are there, with the same values in them.
func TestTexts(t *testing.T) {
	verb := regexp.MustCompile(`%[^%a-z]*[a-z]`)
	position := regexp.MustCompile(`\[\d\]`)
	var same func(name string, en, ja reflect.Value)
	same = func(name string, en, ja reflect.Value) {
		if en.Kind() == reflect.Array {
			for i := range en.Len() {
				same(name, en.Index(i), ja.Index(i))
			}
			return
		}
		verbs := func(text string) []string {
			all := verb.FindAllString(position.ReplaceAllString(text, ""), -1)
			slices.Sort(all)
			return all
		}
		if en.String() == "" || ja.String() == "" || en.String() == ja.String() || !slices.Equal(verbs(en.String()), verbs(ja.String())) {
			t.Errorf("%s: %q and %q", name, en, ja)
		}
	}
	en, ja := reflect.ValueOf(Text("en")), reflect.ValueOf(Text("ja"))
	for i := range en.NumField() {
		same(en.Type().Field(i).Name, en.Field(i), ja.Field(i))
	}
}
