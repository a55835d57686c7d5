package source

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// follows collects the lines of a file that is followed.
type follows struct {
	t     *testing.T
	path  string
	lines chan string
	stop  context.CancelFunc
	done  chan error
}

func follow(t *testing.T, text string) *follows {
	t.Helper()
	return followEvery(t, time.Millisecond, text)
}

func followEvery(t *testing.T, poll time.Duration, text string) *follows {
	t.Helper()
	f := &follows{t: t, path: filepath.Join(t.TempDir(), "a.log"), lines: make(chan string, 100), done: make(chan error, 1)}
	f.write(f.path, text)
	ctx, stop := context.WithCancel(t.Context())
	f.stop = stop
	file, err := Follow(ctx, f.path, poll)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		r := NewReader(file, ReaderOptions{Eager: true})
		for {
			block, err := r.Next()
			if err != nil {
				f.done <- errors.Join(err, file.Close())
				return
			}
			for _, line := range block.Lines {
				f.lines <- line
			}
		}
	}()
	return f
}

func (f *follows) write(path, text string) {
	f.t.Helper()
	w, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := w.WriteString(text); err != nil {
		f.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
}

func (f *follows) want(lines ...string) {
	f.t.Helper()
	for _, want := range lines {
		select {
		case got := <-f.lines:
			if got != want {
				f.t.Fatalf("got %q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			f.t.Fatalf("%q did not come", want)
		}
	}
}

func TestFollow(t *testing.T) {
	f := follow(t, "one\ntwo\n")
	f.want("one", "two")
	f.write(f.path, "thr")
	f.write(f.path, "ee\nfour\n")
	f.want("three", "four")

	// Another file takes the name; the writer of the old one is not done yet.
	old := f.path + ".1"
	if err := os.Rename(f.path, old); err != nil {
		t.Fatal(err)
	}
	f.write(old, "five\nunended")
	f.want("five")
	f.write(f.path, "six\n")
	f.want("unended", "six")

	// The file is copied and emptied.
	f.write(f.path, "a longer line than the next\n")
	f.want("a longer line than the next")
	if err := os.Truncate(f.path, 0); err != nil {
		t.Fatal(err)
	}
	f.write(f.path, "7\n")
	f.want("7")

	f.stop()
	if err := <-f.done; !errors.Is(err, io.EOF) {
		t.Errorf("it ended with %v, want io.EOF", err)
	}
}

func TestFollowRefuses(t *testing.T) {
	dir := t.TempDir()
	packed := filepath.Join(dir, "a.log.gz")
	w, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(w)
	if _, err := z.Write([]byte("line\n")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{packed: ErrUnsupported, filepath.Join(dir, "none"): os.ErrNotExist, dir: nil} {
		f, err := Follow(t.Context(), path, 0)
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
		if f != nil {
			t.Errorf("%s is followed", path)
		}
	}
}

// A file that never stops growing ends with its context, too.
func TestFollowEndsWhileMoreComes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	f, err := Follow(ctx, path, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := make([]byte, 4)
	if n, err := f.Read(p); err != nil || string(p[:n]) != "one\n" {
		t.Fatalf("%q, %v", p[:n], err)
	}
	stop()
	if n, err := f.Read(p); n > 0 || !errors.Is(err, io.EOF) {
		t.Errorf("behind the end of the context: %q, %v", p[:n], err)
	}
}

// Who writes a log may go on with the old file for a while after it was renamed.
func TestFollowWaitsForTheOldFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const look = time.Second
		f := followEvery(t, look, "1\n")
		f.want("1")
		none := func(looks int, why string) {
			t.Helper()
			time.Sleep(time.Duration(looks) * look)
			synctest.Wait()
			if len(f.lines) > 0 {
				t.Fatalf("%s: %q came", why, <-f.lines)
			}
		}
		rotate := func(text string) (old string) {
			t.Helper()
			old = fmt.Sprintf("%s.%d", f.path, time.Now().Unix())
			if err := os.Rename(f.path, old); err != nil {
				t.Fatal(err)
			}
			f.write(f.path, text)
			return old
		}
		old := rotate("4\n")
		none(15, "the old file may be written")
		f.write(old, "2\n")
		f.want("2")
		none(15, "it was quiet for 15 looks since")
		f.write(old, "3\nhalf")
		f.want("3")
		none(19, "it was quiet for 19 looks since")
		f.want("half", "4")

		// The next rotation comes before the first one was dealt with: no file is left out.
		rotate("5\n")
		none(5, "the old file may be written")
		old = rotate("7\n")
		f.want("5")
		none(5, "so may the second one")
		f.write(old, "6\n")
		f.want("6", "7")

		// The name goes back to the file.
		old = rotate("gone\n")
		none(5, "the old file may be written")
		if err := os.Rename(old, f.path); err != nil {
			t.Fatal(err)
		}
		f.write(f.path, "8\n")
		f.want("8")
		none(50, "the file has its name again")

		// Two are rotated away, and no file has the name.
		rotate("9\n")
		none(5, "the old file may be written")
		if err := os.Rename(f.path, f.path+".last"); err != nil {
			t.Fatal(err)
		}
		f.want("9")
		f.stop()
		if err := <-f.done; !errors.Is(err, io.EOF) {
			t.Errorf("it ended with %v, want io.EOF", err)
		}
	})
}
