package app_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/sasumata/sasumata/internal/app"
)

func TestExportCountsItsFilesAndOverwritesNone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "content")
	files, err := app.ExportContent(dir)
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			written++
		}
		return err
	})
	if err != nil || files == 0 || files != written {
		t.Errorf("%d files reported, %d written, error %v", files, written, err)
	}
	mine := filepath.Join(dir, "lists", "blocklist.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.ExportContent(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second export gives %v, want %v", err, fs.ErrExist)
	}
	if data, err := os.ReadFile(mine); err != nil || string(data) != "mine" {
		t.Errorf("the file holds %q now, error %v", data, err)
	}
}
