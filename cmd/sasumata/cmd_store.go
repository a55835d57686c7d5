package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/store"
)

// maxTold is how many problems of a store are told one by one.
const maxTold = 10

// storeCommand is what the commands about a log store share.
type storeCommand struct {
	streams

	dir string
}

func newStore(s streams) *cobra.Command {
	return newGroup("store", "Keep events on disk, as Parquet files",
		newStoreImport(s), newStoreExport(s), newStoreVerify(s), newStorePrune(s), newStoreCompact(s), newStoreDelete(s))
}

// add adds the flag of all store commands.
func (c *storeCommand) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.dir, "store", "", "folder of the log store")
}

// open opens the store and says what is wrong with it.
func (c *storeCommand) open(open func(string) (*store.Store, error)) (*store.Store, error) {
	if c.dir == "" {
		return nil, errors.New("want the folder of the log store: --store DIR")
	}
	s, err := open(c.dir)
	if err != nil {
		return nil, openError(err)
	}
	c.tell(s.Problems())
	return s, nil
}

func (c *storeCommand) tell(problems []store.Problem) {
	for _, p := range problems[:min(len(problems), maxTold)] {
		fmt.Fprintf(c.err, "sasumata: %s\n", p)
	}
	if more := len(problems) - maxTold; more > 0 {
		fmt.Fprintf(c.err, "sasumata: and %d more of such files\n", more)
	}
}

// openError gives the error of a store that cannot be opened its exit code: that there
// is none, or none can be, is the command line's fault.
func openError(err error) error {
	_, missing := errors.AsType[*store.MissingError](err)
	switch {
	case missing:
		return usageError(err)
	case errors.Is(err, syscall.ENOTDIR):
		return usageError(fmt.Errorf("%w: --store wants a folder", err))
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return usageError(fmt.Errorf("%w: give --store a folder that this user may use", err))
	default:
		return storeError(err)
	}
}

// storeError gives what broke while a store was used its exit code.
func storeError(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitFailure, err}
}

// incomplete is the error of a command whose answer lacks events, which has been
// said.
func incomplete(s *store.Store, result store.Result) error {
	if len(s.Problems()) == 0 && len(result.Problems) == 0 {
		return nil
	}
	return &exitError{exitFailure, errors.New("the answer lacks the events of parts that cannot be read: see sasumata store verify")}
}

// parseSize reads a size in bytes: a number, with kB, MB, GB or TB behind it, or KiB,
// MiB, GiB or TiB.
func parseSize(text string) (int64, error) {
	units := [...]struct {
		name string
		size float64
	}{
		{"KiB", 1 << 10},
		{"MiB", 1 << 20},
		{"GiB", 1 << 30},
		{"TiB", 1 << 40},
		{"kB", 1e3},
		{"KB", 1e3},
		{"MB", 1e6},
		{"GB", 1e9},
		{"TB", 1e12},
		{"B", 1},
		{"", 1},
	}
	for _, unit := range units {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if size := n * unit.size; err == nil && size >= 1 && size < 1<<62 {
			return int64(size), nil
		}
		break
	}
	return 0, fmt.Errorf("%q is no size, want a form such as 10GB or 500MiB", text)
}

// megabytes writes a size for people.
func megabytes(n int64) string {
	if n < 10e6 {
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}
