package app

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/backup"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/store"
)

// Backup writes a backup of the data folder while the server runs. All that was
// acknowledged to senders before it began is in it. One is made at a time: the error is
// api.ErrBackingUp for another. Who asked for it is in the audit trail before the first
// byte is written.
func (s *Server) Backup(ctx context.Context, by string, secrets bool, w io.Writer) error {
	if !s.opened.Load() {
		return record.ErrAway
	}
	if !s.backing.TryLock() {
		return api.ErrBackingUp
	}
	defer s.backing.Unlock()
	opts := BackupOptions{Secrets: secrets, Program: s.opts.Version, Host: s.opts.Hostname, Now: s.opts.Now}
	if err := s.noteBackup(ctx, by, "begun", map[string]any{"secrets": secrets}); err != nil {
		return err
	}
	began := s.opts.Now()
	m, err := s.backUp(ctx, opts, began, w)
	if err != nil {
		s.metrics.backupErrors.Add(1)
		s.log.ErrorContext(ctx, "a backup could not be made", "actor", by, "error", err)
		_ = s.noteBackup(context.WithoutCancel(ctx), by, "failed", map[string]any{"error": err.Error()}) // it is told
		return err
	}
	s.metrics.backups.Add(1)
	s.metrics.backedUp.Store(began.UnixNano())
	s.log.InfoContext(ctx, "a backup was made", "actor", by, "files", len(m.Files), "bytes", m.Bytes(), "secrets", secrets, "took", s.opts.Now().Sub(began).Round(time.Millisecond))
	return s.noteBackup(context.WithoutCancel(ctx), by, "done", map[string]any{"files": len(m.Files), "bytes": m.Bytes()})
}

func (s *Server) noteBackup(ctx context.Context, by, outcome string, detail map[string]any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	return s.audited(ctx, audit.Entry{Time: s.opts.Now(), Actor: by, Action: "backup.make", Object: s.cfg().Data, Outcome: outcome, Detail: string(text)})
}

func (s *Server) backUp(ctx context.Context, opts BackupOptions, began time.Time, w io.Writer) (*backup.Manifest, error) {
	staged, err := s.stage(ctx, s.copied(), opts.Secrets)
	if err != nil {
		return nil, err
	}
	defer staged.close()
	return staged.write(w, opts, began)
}

// copied says how the parts of the data folder are copied that are being written to.
func (s *Server) copied() *copied {
	data := s.cfg().Data
	return &copied{
		data: data, database: s.database.Copy, queue: s.queue.Snapshot,
		store: func(dir string) error {
			if s.keeper == nil {
				return &store.MissingError{Dir: filepath.Join(data, storeDir)}
			}
			return s.keeper.store.Snapshot(dir)
		},
	}
}

// stage puts a backup together. Meanwhile the queue keeps what the copies may lack.
func (s *Server) stage(ctx context.Context, from *copied, secrets bool) (*staged, error) {
	s.consumer.done.hold()
	defer s.consumer.stir()
	defer s.consumer.done.letGo()
	return from.stage(ctx, secrets)
}

// hold keeps the queue from being told that batches are done with.
func (r *released) hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = true
}

// letGo ends what hold began.
func (r *released) letGo() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = false
}
