package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// ErrBackingUp says that a backup is being made already.
var ErrBackingUp = errors.New("a backup is being made already: try again when it is done")

// Backups lets admins take a backup of the server.
type Backups struct {
	// Make writes a backup; by is who asked for it. The error is ErrBackingUp while another
	// one is made, and record.ErrAway while the server waits for its queue.
	Make func(ctx context.Context, by string, secrets bool, w io.Writer) error
	// Log is told of backups that broke off.
	Log *slog.Logger
}

// take sends a backup. It is put together before the first byte is sent; what goes wrong
// later breaks the connection, and the archive has no end.
func (b *Backups) take(w http.ResponseWriter, r *http.Request) {
	values, err := known(r, "secrets")
	if text := values.Get("secrets"); err == nil && text != "" && text != "true" && text != "false" {
		err = wrong(errors.New("secrets wants true or false"))
	}
	out := &attachment{to: w, control: http.NewResponseController(w)}
	if err == nil {
		err = out.patience()
	}
	if err == nil {
		err = b.Make(r.Context(), whoOf(r).Name, values.Get("secrets") == "true", out)
	}
	switch {
	case err == nil:
		return
	case out.began:
		panic(http.ErrAbortHandler) // who reads must not take it for whole
	}
	if p, ok := errors.AsType[*problem](err); ok {
		explain(w, p.code, p.text)
		return
	}
	switch {
	case errors.Is(err, ErrBackingUp):
		explain(w, http.StatusConflict, err.Error())
	case errors.Is(err, record.ErrAway):
		explain(w, http.StatusServiceUnavailable, err.Error())
	default:
		b.Log.ErrorContext(r.Context(), "a backup could not be made", "error", err)
		explain(w, http.StatusInternalServerError, "it failed: the log of the server says why")
	}
}

const (
	// maxStaging is how long a backup may take until it is put together.
	maxStaging = time.Hour
	// maxTaking is how long who takes a backup may take for a piece of it.
	maxTaking = time.Minute
)

// attachment is a file that is sent while it is made.
type attachment struct {
	to      http.ResponseWriter
	control *http.ResponseController
	began   bool
}

// patience gives the backup the time to be put together.
func (a *attachment) patience() error {
	return a.wait(maxStaging)
}

func (a *attachment) wait(long time.Duration) error {
	err := a.control.SetWriteDeadline(time.Now().Add(long)) //nolint:forbidigo // the network goes by the clock of the machine
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// Write sends a piece.
func (a *attachment) Write(p []byte) (int, error) {
	if !a.began {
		a.began = true
		header(a.to)
		a.to.Header().Set("Content-Type", "application/zstd")
		a.to.Header().Set("Content-Disposition", `attachment; filename="sasumata.backup"`)
	}
	if err := a.wait(maxTaking); err != nil {
		return 0, err
	}
	return a.to.Write(p)
}

// Backup asks a server for a backup, which the caller reads to its end, where it may break
// off, and closes.
func (c *Client) Backup(ctx context.Context, secrets bool) (io.ReadCloser, error) {
	path := "/api/v1/backup"
	if secrets {
		path += "?" + url.Values{"secrets": {"true"}}.Encode()
	}
	return c.send(ctx, http.MethodPost, path, nil)
}
