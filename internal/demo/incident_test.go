package demo_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sasumata/sasumata/internal/demo"
)

// TestIncidentsAreTheSameInBothLanguages compares all but the words.
func TestIncidentsAreTheSameInBothLanguages(t *testing.T) {
	en, ja := demo.Incidents("en"), demo.Incidents("ja")
	if diff := cmp.Diff(en, ja, cmpopts.IgnoreFields(demo.Step{}, "Title", "Text")); diff != "" {
		t.Error(diff)
	}
	contained := 0
	for i := range en {
		if en[i].Title == ja[i].Title || en[i].Text == ja[i].Text || en[i].Title == "" || ja[i].Text == "" {
			t.Errorf("%s: %q %q", en[i].ID, en[i].Title, ja[i].Title)
		}
		c := &en[i].Container
		if !strings.HasPrefix(c.Name, "sasumata-demo-") || c.Labels[demo.ContainerLabel] == "" || c.Image != demo.ContainerImage {
			t.Errorf("%s would not be removed: %+v", en[i].ID, c)
		}
		if en[i].Contained {
			contained++
		}
	}
	if contained != 1 {
		t.Errorf("%d are contained", contained)
	}
	verbs := func(s string) (list []string) {
		for i, r := range s {
			if r == '%' {
				list = append(list, s[i:i+2])
			}
		}
		return list
	}
	a, b := reflect.ValueOf(demo.WordsOfIncidents("en")), reflect.ValueOf(demo.WordsOfIncidents("ja"))
	for i := range a.NumField() {
		if x, y := a.Field(i).String(), b.Field(i).String(); x == y || y == "" || !cmp.Equal(verbs(x), verbs(y)) {
			t.Errorf("%s: %q and %q", a.Type().Field(i).Name, x, y)
		}
	}
}

func TestProvokeEndsWhenItIsTold(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f := func(incident string, want error) {
		t.Helper()
		if err := demo.Provoke(ended, incident); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", incident, err, want)
		}
	}
	f(demo.IncidentQuiet, nil)
	f(demo.IncidentBusy, nil)
	f(demo.IncidentCrash, demo.ErrProvoked)
	if err := demo.Provoke(ended, "none"); err == nil {
		t.Error("it does what nobody knows")
	}
}

func TestImageIsOfAStaticProgram(t *testing.T) {
	// Files of ELF for x86-64: a head, and a table with one part of the type.
	program := func(kind byte) string {
		text := make([]byte, 64+56)
		copy(text, "\x7fELF\x02\x01\x01")
		text[16], text[18], text[20], text[32], text[52], text[54], text[56], text[58] = 2, 62, 1, 64, 64, 56, 1, 64
		text[64] = kind
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var image bytes.Buffer
	if err := demo.WriteImage(&image, program(1)); err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(&image); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		if h.Name == "sasumata" && (h.Size != 120 || h.Mode != 0o755) {
			t.Errorf("%+v", h)
		}
	}
	if diff := cmp.Diff([]string{"tmp/", "sasumata", "xmrig"}, names); diff != "" {
		t.Error(diff)
	}
	f := func(path, want string) {
		t.Helper()
		if err := demo.WriteImage(io.Discard, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	f(program(3), "CGO_ENABLED=0")
	f("incident_test.go", "runs in no container")
	f("none", "no such file")
}
