package sensor_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestObjectsAreOfTheSource compiles the programs again: what is committed is what the source
// gives.
func TestObjectsAreOfTheSource(t *testing.T) {
	for _, tool := range []string{"clang-14", "llvm-strip-14"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: the programs of the sensor cannot be compiled again: there is no %s", tool)
		}
	}
	if _, err := os.Stat("/usr/include/bpf/bpf_core_read.h"); err != nil {
		t.Skip("SKIPPED: the programs of the sensor cannot be compiled again: there are no headers of libbpf (libbpf-dev)")
	}
	dir := t.TempDir()
	if out, err := exec.Command("./bpf/generate.sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"sensor_amd64.o", "sensor_arm64.o"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("bpf", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("bpf/%s is not what the source gives: go generate ./internal/sensor", name)
		}
	}
}
