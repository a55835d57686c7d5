// Package secret reads the secrets that a configuration names by file.
package secret

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Max is the size in bytes of the largest secret.
const Max = 8 << 10

// Read returns a secret of one line without blanks, from a file that nobody but its owner
// can read. Errors name the file, never what is in it.
func Read(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	switch others := info.Mode().Perm() & 0o077; {
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no file", path) // a pipe would wait to be opened
	case others != 0 && runtime.GOOS != "windows":
		return "", fmt.Errorf("%s can be read by others (mode %04o): chmod 600 it", path, info.Mode().Perm())
	case info.Size() > Max:
		return "", fmt.Errorf("%s has more than %d bytes", path, Max)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(data))
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", errors.New(path + " wants one line without blanks")
	}
	return text, nil
}
