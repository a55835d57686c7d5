package reputation

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// Key is the key of a user's account with a service. It prints as nothing that
// anybody could use.
type Key struct{ text string }

// String hides the key.
func (Key) String() string { return "(hidden)" }

// GoString hides the key.
func (Key) GoString() string { return "(hidden)" }

// maxKey is how long a key may be, in bytes.
const maxKey = 512

// ReadKey reads a key from a file that only its owner can read: a key on the
// command line or in the environment is seen by every process.
func ReadKey(path string) (Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Key{}, fmt.Errorf("read key: %w", err)
	}
	if others := info.Mode().Perm() & 0o077; others != 0 && runtime.GOOS != "windows" {
		return Key{}, fmt.Errorf("read key %s: others can read it (mode %v); chmod 600 %s", path, info.Mode().Perm(), path)
	}
	if info.Mode()&fs.ModeType != 0 || info.Size() > maxKey {
		return Key{}, fmt.Errorf("read key %s: want a file with nothing but the key", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("read key: %w", err)
	}
	key, err := NewKey(string(data))
	if err != nil {
		return Key{}, fmt.Errorf("read key %s: %w", path, err)
	}
	return key, nil
}

// NewKey returns the key that the text is, without white space around it.
func NewKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Key{}, errors.New("there is no key")
	}
	if len(text) > maxKey || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return Key{}, errors.New("want nothing but the key, without spaces")
	}
	return Key{text}, nil
}
