// Package conformance finds, for tests, the public test material that is not
// part of this repository.
package conformance

import (
	"os"
	"path/filepath"
	"testing"
)

// Variable is the environment variable that names the folder of the suite.
const Variable = "SASUMATA_CONFORMANCE"

// Dir returns a folder of the conformance suite, named by its path below the
// suite's own. It skips the test where the suite is not at hand.
func Dir(tb testing.TB, path ...string) string {
	tb.Helper()
	suite := os.Getenv(Variable)
	if suite == "" {
		tb.Skip(Variable + " is not set: the conformance suite is not available")
	}
	return filepath.Join(append([]string{suite}, path...)...)
}
