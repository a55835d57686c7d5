package seclog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/seclog"
)

// clock is a clock that stands until it is moved.
type clock struct{ ns atomic.Int64 }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.ns.Store(t.UnixNano())
	return c
}
func (c *clock) now() time.Time      { return time.Unix(0, c.ns.Load()) }
func (c *clock) add(d time.Duration) { c.ns.Add(int64(d)) }

func openLog(t *testing.T, config seclog.Config) *seclog.Log {
	t.Helper()
	l, err := seclog.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func flush(t *testing.T, l *seclog.Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := l.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// messages returns the messages in a log and in what was rotated of it, oldest first.
func messages(t *testing.T, dir, name string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, name+".*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	var all []string
	for _, path := range append(paths, filepath.Join(dir, name)) {
		for _, line := range strings.SplitAfter(content(t, path), "\n") {
			var v struct{ Msg string }
			if line == "" {
				continue
			}
			if err := json.Unmarshal([]byte(line), &v); err != nil || !strings.HasSuffix(line, "\n") {
				t.Errorf("%s: %q: %v", path, line, err)
			}
			all = append(all, v.Msg)
		}
	}
	return all
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return string(data)
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFourFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	l := openLog(t, seclog.Config{Dir: dir, HandlerOptions: seclog.HandlerOptions{Service: "shop"}})
	ctx, log := t.Context(), l.Logger()
	log.Info("started")
	log.Error("no database")
	seclog.LoginFailed(ctx, log, seclog.User{ID: "ann"}, "wrong_password")
	seclog.Event{Category: seclog.CategoryWeb}.Log(ctx, log, slog.LevelError, "request")
	seclog.Alerted(ctx, log, "backdoor", "a file changed")
	flush(t, l)
	for name, want := range map[string][]string{"access": {"started", "request"}, "security": {"login failed"}, "error": {"no database"}, "alert": {"alert"}} {
		path := filepath.Join(dir, name+".log")
		if got := messages(t, dir, name+".log"); !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o640 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		var v struct{ Time time.Time }
		if err := json.Unmarshal([]byte(content(t, path)[:strings.IndexByte(content(t, path), '\n')]), &v); err != nil || v.Time.Location() != time.UTC || time.Since(v.Time) > time.Hour {
			t.Errorf("%s: %v, %v", name, v.Time, err)
		}
	}
	want := seclog.Stats{Access: seclog.StreamStats{Written: 2}, Security: seclog.StreamStats{Written: 1}, Error: seclog.StreamStats{Written: 1}, Alert: seclog.StreamStats{Written: 1}}
	if got := l.Stats(); got != want {
		t.Errorf("%+v", got)
	}
}

func TestRotationBySizeLosesNothing(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, seclog.Config{Dir: dir, MaxBytes: 2000, Keep: -1, Block: true, Queue: 16})
	const writers, each = 8, 100
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				l.Logger().Info(fmt.Sprintf("%d-%d", w, i))
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got := messages(t, dir, "access.log")
	next := map[string]int{}
	for _, m := range got {
		var w, i int
		if _, err := fmt.Sscanf(m, "%d-%d", &w, &i); err != nil || next[fmt.Sprint(w)] != i {
			t.Fatalf("%s comes when %d of %d is next", m, next[fmt.Sprint(w)], w)
		}
		next[fmt.Sprint(w)]++
	}
	if len(got) != writers*each || l.Stats().Access.Written != writers*each {
		t.Errorf("%d lines, %+v", len(got), l.Stats())
	}
	rotated, _ := filepath.Glob(filepath.Join(dir, "access.log.*"))
	if len(rotated) < 10 {
		t.Errorf("%d files", len(rotated))
	}
	for _, path := range rotated {
		if info, err := os.Stat(path); err != nil || !strings.HasSuffix(path, ".gz") || info.Mode().Perm() != 0o640 || len(content(t, path)) > 2000 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestRotationByAgeAndRetention(t *testing.T) {
	dir := t.TempDir()
	c := newClock(time.Date(2026, 1, 16, 23, 59, 0, 0, time.UTC))
	config := seclog.Config{Dir: dir, Keep: 2, Uncompressed: true, Now: c.now}
	l := openLog(t, config)
	day := func(message string) {
		l.Logger().Info(message)
		flush(t, l)
	}
	day("16th")
	day("16th again")
	c.add(2 * time.Minute)
	day("17th")
	c.add(24 * time.Hour)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := messages(t, dir, "access.log"); !slices.Equal(got, []string{"16th", "16th again", "17th"}) {
		t.Errorf("%q", got)
	}
	// The next program rotates what is of yesterday, by the time of the file.
	if err := os.Chtimes(filepath.Join(dir, "access.log"), time.Time{}, time.Date(2026, 1, 17, 0, 1, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	config.Uncompressed = false
	l = openLog(t, config)
	day("18th")
	c.add(24 * time.Hour)
	day("19th")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := messages(t, dir, "access.log"); !slices.Equal(got, []string{"17th", "18th", "19th"}) {
		t.Errorf("kept %q", got)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "access.log.*"))
	if len(names) != 2 || !strings.HasSuffix(names[0], "access.log.20260118T000100.000000Z.gz") {
		t.Errorf("%q", names)
	}
}

func TestFullDiskIsCountedAndForgiven(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("SKIPPED: there is no /dev/full here")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "access.log")
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	c := newClock(time.Now())
	var told []error
	l := openLog(t, seclog.Config{Dir: dir, Now: c.now, OnError: func(err error) { told = append(told, err) }})
	for range 3 {
		l.Logger().Info("lost")
		flush(t, l)
	}
	l.Logger().Error("other files work")
	flush(t, l)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	c.add(2 * time.Second)
	l.Logger().Info("kept")
	flush(t, l)
	if got := messages(t, dir, "access.log"); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("%q", got)
	}
	if s := l.Stats(); s.Access != (seclog.StreamStats{Written: 1, Failed: 3}) || s.Error.Written != 1 {
		t.Errorf("%+v", s)
	}
	if len(told) < 2 || told[0] == nil || !strings.Contains(told[0].Error(), "no space left") || told[len(told)-1] != nil {
		t.Errorf("told %v", told)
	}
}

func TestLineOfAKilledProgramStaysAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "access.log")
	if err := os.WriteFile(path, []byte(`{"msg":"whole"}`+"\n"+`{"msg":"ha`), 0o600); err != nil {
		t.Fatal(err)
	}
	l := openLog(t, seclog.Config{Dir: dir})
	l.Logger().Info("next")
	flush(t, l)
	lines := strings.Split(content(t, path), "\n")
	if len(lines) != 4 || lines[1] != `{"msg":"ha` || !strings.Contains(lines[2], `"next"`) {
		t.Errorf("%q", lines)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of a file that was there changed to %v", info.Mode())
	}
}

func TestMovedFilesAreLeft(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "access.log")
	c := newClock(time.Now())
	l := openLog(t, seclog.Config{Dir: dir, Now: c.now})
	say := func(message, moved string) {
		t.Helper()
		l.Logger().Info(message)
		flush(t, l)
		if err := os.Rename(path, filepath.Join(dir, moved)); err != nil {
			t.Fatal(err)
		}
	}
	say("one", "1")
	if err := l.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	say("two", "2")
	c.add(2 * time.Second)
	say("three", "3")
	for _, name := range []string{"1", "2", "3"} {
		if strings.Count(content(t, filepath.Join(dir, name)), "\n") != 1 {
			t.Errorf("%s: %s", name, content(t, filepath.Join(dir, name)))
		}
	}
}

func TestErrorsOfOpen(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "error.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{filepath.Join(dir, "file"), dir} {
		if l, err := seclog.Open(seclog.Config{Dir: bad}); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v, %v", bad, l, err)
		}
	}
}

// gate is a writer that waits until it is opened.
type gate struct {
	open, entered chan struct{}
	once          sync.Once

	mu  sync.Mutex
	out bytes.Buffer
}

func newGate() *gate { return &gate{open: make(chan struct{}), entered: make(chan struct{})} }

func (g *gate) Write(p []byte) (int, error) {
	g.once.Do(func() { close(g.entered) })
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.out.Write(p)
}

func (g *gate) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.out.String()
}

func TestFullQueueDropsAndCounts(t *testing.T) {
	g := newGate()
	var told []error
	l := openLog(t, seclog.Config{Output: g, Queue: 8, OnError: func(err error) { told = append(told, err) }})
	log := l.Logger()
	log.Info("first")
	<-g.entered // the writer waits, and has one line in hand
	start := time.Now()
	for range 20 {
		log.Info("request")
	}
	for range 20 {
		log.Error("matters")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("whoever logs waited %s", took)
	}
	s := l.Stats()
	if s.Access.Dropped != 15 || s.Error.Dropped != 18 || s.Waiting != 8 {
		t.Errorf("%+v", s)
	}
	close(g.open)
	flush(t, l)
	text := g.String()
	if strings.Count(text, `"request"`) != 5 || strings.Count(text, `"matters"`) != 2 || strings.Count(text, `"msg":"log lines were dropped","dropped":33}`) != 1 {
		t.Error(text)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	log.Info("too late")
	if s := l.Stats(); s.Access != (seclog.StreamStats{Written: 6, Dropped: 16}) {
		t.Errorf("%+v", s)
	}
	if !slices.ContainsFunc(told, func(err error) bool { return errors.Is(err, seclog.ErrDropped) }) {
		t.Errorf("told %v", told)
	}
	if err := l.Flush(t.Context()); !errors.Is(err, seclog.ErrClosed) {
		t.Error(err)
	}
}

func TestBytesOfTheQueueAreBounded(t *testing.T) {
	g := newGate()
	l := openLog(t, seclog.Config{Output: g, Queue: 100})
	for range 100 {
		l.Logger().Error("x", "y", strings.Repeat("z", 8000))
	}
	if s := l.Stats(); s.Waiting > 13 || s.Waiting < 10 || s.Error.Dropped != uint64(100-s.Waiting) {
		t.Errorf("%+v", s)
	}
	close(g.open)
}

func TestBlockingLosesNothing(t *testing.T) {
	g := newGate()
	l := openLog(t, seclog.Config{Output: g, Queue: 2, Block: true})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { l.Logger().Info("x") })
	}
	<-g.entered
	close(g.open)
	wg.Wait()
	flush(t, l)
	if n := strings.Count(g.String(), "\n"); n != 50 || l.Stats().Access.Dropped != 0 {
		t.Errorf("%d lines, %+v", n, l.Stats())
	}
}

func TestShutdownEnds(t *testing.T) {
	g := newGate()
	l, err := seclog.Open(seclog.Config{Output: g, Queue: 1, Block: true})
	if err != nil {
		t.Fatal(err)
	}
	l.Logger().Info("x")
	<-g.entered
	blocked := make(chan struct{})
	go func() {
		l.Logger().Info("y")
		close(blocked)
	}()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-blocked // whoever waits for room is let go
	close(g.open)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestConsole(t *testing.T) {
	f := func(colour seclog.Colour, want string, write func(*slog.Logger)) {
		t.Helper()
		var out bytes.Buffer
		l := openLog(t, seclog.Config{Console: &out, Colour: colour})
		write(slog.New(timeless{l.Handler()}))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("\n got %q\nwant %q", out.String(), want)
		}
	}
	f(seclog.NeverColour, `WARN  security login failed evt.category=authentication evt.name=authentication evt.outcome=failure evt.reason="wrong password" usr.id=ann`+"\n", func(l *slog.Logger) {
		seclog.LoginFailed(t.Context(), l, seclog.User{ID: "ann"}, "wrong password")
	})
	f(seclog.NeverColour, `INFO  access   a\x1b[31m\u202eb x="\n" y\nz=""`+"\n", func(l *slog.Logger) { l.Info("a\x1b[31m\u202eb", "x", "\n", "y\nz", "") })
	f(seclog.NeverColour, `ERROR error    x password=[REDACTED:password] l.0=1 l.1=true l.2=null`+"\n", func(l *slog.Logger) {
		l.Error("x", "password", "hunter2", "l", []any{1, true, nil})
	})
	f(seclog.AlwaysColour, "\x1b[1;37;41mALERT\x1b[0m \x1b[2malert\x1b[0m    x \x1b[2ma=\x1b[0m1\n", func(l *slog.Logger) { l.Log(t.Context(), seclog.LevelAlert, "x", "a", 1) })
	f(seclog.AutoColour, "INFO  access   x\n", func(l *slog.Logger) { l.Info("x") })
}
