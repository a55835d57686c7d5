package container

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"
)

// saveTime is how long it may take to hand out an image, to its last byte.
const saveTime = 30 * time.Minute

// SaveImage returns an archive of an image, by its name or id, as docker save writes it. It
// may be as large as the image: who reads it has to bound it, and to close it. It ends after
// half an hour.
func (e *Engine) SaveImage(ctx context.Context, image string) (io.ReadCloser, error) {
	what := "save the image " + strconv.Quote(image)
	if len(image) > 2*maxID || !regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_./:@-]*$`).MatchString(image) {
		return nil, fmt.Errorf("%.300s: %w: that cannot be a name", what, ErrNotFound)
	}
	ctx, cancel := context.WithTimeout(ctx, saveTime)
	archive, err := e.client.ImageSave(ctx, []string{image})
	if err != nil {
		cancel()
		return nil, told(what, err)
	}
	return &saving{archive, cancel}, nil
}

// saving is an archive that the engine writes.
type saving struct {
	io.ReadCloser

	end context.CancelFunc
}

// Close lets the engine stop.
func (s *saving) Close() error {
	defer s.end()
	return s.ReadCloser.Close()
}
