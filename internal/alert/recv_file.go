package alert

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/sasumata/sasumata/internal/document"
)

// File takes notifications as JSON lines. It is opened for each, so that it can be rotated.
type File struct {
	Path string `doc:"path,required"`

	At map[string]document.Pos `doc:",positions"`
}

type fileSender struct {
	mu   sync.Mutex
	path string
}

func (f *fileSender) send(_ context.Context, d *delivery) (retry bool, err error) {
	body, err := d.body()
	if err != nil {
		return false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return true, fmt.Errorf("write a notification: %w", err)
	}
	_, err = file.Write(append(body, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return true, fmt.Errorf("write a notification: %w", err)
	}
	return false, nil
}
