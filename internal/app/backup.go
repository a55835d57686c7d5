package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/backup"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/store"
)

const (
	// stateDB is the database of SQLite in a data folder, and in a backup.
	stateDB = "state.db"
	// queueCopy is the copy of the queue in a backup.
	queueCopy = "queue.snapshot"
	// backupPrefix is how folders in a data folder begin in which a backup is put together,
	// restorePrefix those of one that is being restored.
	backupPrefix, restorePrefix = ".backup-", ".restore-"
	// linksKey is what signs the links in notices.
	linksKey = alertDir + "/links.key"
)

// plainDirs are folders of the data folder that are copied file by file: each file in them
// is written as a whole, or only ever grows.
func plainDirs() []string { return []string{alertDir, RulesDir, deadDir, "evidence"} }

// BackupOptions say what is to be in a backup.
type BackupOptions struct {
	// Secrets takes what people and programs sign in with, and what signs links.
	Secrets bool
	// Program is the version of this program, Host the name of the machine.
	Program, Host string
	// Now is the clock.
	Now func() time.Time
}

// copied is a data folder that is being copied, and how its parts are that others write to
// meanwhile.
type copied struct {
	data     string
	database func(ctx context.Context, to string) error
	store    func(dir string) error
	queue    func(ctx context.Context, w io.Writer) error
}

// staged is a backup that is put together: nothing of it changes any more.
type staged struct {
	dir   string
	files []backup.File
	lacks []string
	open  []*os.File
}

func (s *staged) close() {
	for _, f := range s.open {
		_ = f.Close() // it was read only
	}
	_ = os.RemoveAll(s.dir) // the next start removes what is left
}

// BackupFolder writes a backup of the data folder of a server that does not run.
func BackupFolder(ctx context.Context, cfg *config.Config, opts BackupOptions, w io.Writer) (*backup.Manifest, error) {
	if _, err := os.Stat(cfg.Data); err != nil {
		return nil, fmt.Errorf("open the data folder: %w", err)
	}
	state, err := OpenState(filepath.Join(cfg.Data, stateName))
	if err != nil {
		return nil, fmt.Errorf("%w (a server that runs is asked with --server and --token-file)", err)
	}
	defer state.Close()
	sweepBackups(cfg.Data)
	from := copied{
		data: cfg.Data,
		database: func(ctx context.Context, to string) error {
			return database.CopyUnused(ctx, cfg.Database(), to)
		},
		store: func(dir string) error {
			s, err := store.Open(filepath.Join(cfg.Data, storeDir))
			if err != nil {
				return err
			}
			return errors.Join(s.Snapshot(dir), s.Close())
		},
		queue: func(ctx context.Context, w io.Writer) error {
			if cfg.Queue.Cluster() != nil {
				return queue.ErrElsewhere
			}
			found, err := queue.SnapshotDir(ctx, filepath.Join(cfg.Data, queueDir), w)
			if err == nil && !found {
				err = fs.ErrNotExist
			}
			return err
		},
	}
	began := opts.Now()
	s, err := from.stage(ctx, opts.Secrets)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.write(w, opts, began)
}

func (s *staged) write(w io.Writer, opts BackupOptions, began time.Time) (*backup.Manifest, error) {
	return backup.Write(w, backup.Manifest{Program: opts.Program, Host: opts.Host, Began: began.UTC(), Secrets: opts.Secrets, Lacks: s.lacks}, s.files)
}

// stage puts a backup together. The order is what makes it whole: the state of detection is
// older than all else, so what the others have beyond it is found again, as after a crash;
// the queue comes last and has let go of nothing since before the first copy.
func (c *copied) stage(ctx context.Context, secrets bool) (s *staged, err error) {
	s = &staged{}
	if s.dir, err = os.MkdirTemp(c.data, backupPrefix); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := s.take(filepath.Join(c.data, stateName), stateName); err != nil {
		return nil, err
	}
	if err := s.database(ctx, c, secrets); err != nil {
		return nil, err
	}
	if err := s.take(filepath.Join(c.data, signalsName), signalsName); err != nil {
		return nil, err
	}
	for _, dir := range plainDirs() {
		if err := s.folder(c.data, dir, secrets); err != nil {
			return nil, err
		}
	}
	if err := s.store(c); err != nil {
		return nil, err
	}
	if err := s.queue(ctx, c); err != nil {
		return nil, err
	}
	return s, s.rest(c.data)
}

// take takes a file as long as it is now; one that is not there is left out.
func (s *staged) take(path, name string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// Once it is open it stays what it is, also when another takes its name.
	s.open = append(s.open, f)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	s.files = append(s.files, backup.File{Name: name, Size: size, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(f, 0, size)), nil
	}})
	return nil
}

// add takes a file of the folder in which the backup is put together.
func (s *staged) add(name string) error {
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	s.files = append(s.files, backup.File{Name: name, Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	return nil
}

func (s *staged) database(ctx context.Context, c *copied, secrets bool) error {
	to := filepath.Join(s.dir, stateDB)
	if secrets {
		return s.elsewhere(c.database(ctx, to), stateDB)
	}
	with := filepath.Join(s.dir, "with-secrets.db")
	if err := c.database(ctx, with); err != nil {
		return s.elsewhere(err, stateDB)
	}
	db, err := database.Open(ctx, database.Config{File: with})
	if err != nil {
		return err
	}
	err = db.Write(ctx, access.Forget)
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("leave secrets out of the copy: %w", err)
	}
	if err := database.CopyUnused(ctx, database.Config{File: with}, to); err != nil { // without what was deleted
		return err
	}
	s.lacks = append(s.lacks, "passwords, second factors, sessions and tokens: after a restore, sasumata user passwd NAME with --data DIR, or --config FILE, gives each user a new password")
	return s.add(stateDB)
}

// elsewhere says what is kept elsewhere, and takes what is not.
func (s *staged) elsewhere(err error, name string) error {
	switch {
	case errors.Is(err, queue.ErrElsewhere):
		s.lacks = append(s.lacks, "the queue, which NATS servers keep: copy its stream by nats stream backup when the backup is done, and not before")
		return nil
	case errors.Is(err, fs.ErrNotExist):
		s.lacks = append(s.lacks, name+", which is not there yet")
		return nil
	case err != nil:
		return err
	}
	return s.add(name)
}

func (s *staged) store(c *copied) error {
	if err := os.Mkdir(filepath.Join(s.dir, storeDir), 0o700); err != nil {
		return err
	}
	err := c.store(filepath.Join(s.dir, storeDir))
	if _, missing := errors.AsType[*store.MissingError](err); missing {
		return nil // nothing is kept
	}
	if err != nil {
		return err
	}
	return filepath.WalkDir(filepath.Join(s.dir, storeDir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(s.dir, path)
		if err != nil {
			return err
		}
		return s.add(filepath.ToSlash(name))
	})
}

func (s *staged) queue(ctx context.Context, c *copied) error {
	f, err := os.OpenFile(filepath.Join(s.dir, queueCopy), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = c.queue(ctx, f)
	return s.elsewhere(errors.Join(err, f.Close()), queueCopy)
}

// folder takes the files below a folder. One that goes away meanwhile is left out.
func (s *staged) folder(data, dir string, secrets bool) error {
	return filepath.WalkDir(filepath.Join(data, dir), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".new-") || strings.HasSuffix(d.Name(), ".lock") {
			return err
		}
		name, err := filepath.Rel(data, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if name == linksKey && !secrets {
			s.lacks = append(s.lacks, "the key of links in notices: those of before a restore do not work after it")
			return nil
		}
		return s.take(path, name)
	})
}

// rest says what else is in the data folder, and not in the backup.
func (s *staged) rest(data string) error {
	entries, err := os.ReadDir(data)
	if err != nil {
		return err
	}
	known := append(plainDirs(), stateName, stateDB, signalsName, storeDir, queueDir, "lost+found")
	for _, e := range entries {
		name := e.Name()
		if slices.Contains(known, name) || strings.HasSuffix(name, ".lock") || strings.HasPrefix(name, stateDB+"-") || strings.HasPrefix(name, ".") {
			continue
		}
		s.lacks = append(s.lacks, fmt.Sprintf("%q of the data folder", name))
	}
	return nil
}

// sweepBackups removes what a program left that was killed while it backed up.
func sweepBackups(data string) {
	left, _ := filepath.Glob(filepath.Join(data, backupPrefix+"*")) // the pattern is fine
	for _, dir := range left {
		_ = os.RemoveAll(dir) // it only takes room
	}
}

// RestoreBackup makes the data folder of what a backup holds, and the database of PostgreSQL
// when dsn names one. The folder must be empty, or not be there, and so must the database.
// Nothing of a backup that is damaged, or of a newer program, gets into them.
func RestoreBackup(ctx context.Context, r io.Reader, data, dsn string) (*backup.Manifest, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(data)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name() != "lost+found" {
			return nil, fmt.Errorf("%s is not empty (%s is in it): a backup is restored into an empty folder only", data, e.Name())
		}
	}
	beside, err := os.MkdirTemp(data, restorePrefix)
	if err != nil {
		return nil, err
	}
	m, err := backup.Extract(r, beside)
	if err == nil {
		err = checkRestored(ctx, beside)
	}
	loaded := false
	if err == nil && dsn != "" {
		loaded, err = loadDatabase(ctx, filepath.Join(beside, stateDB), dsn)
	}
	if err == nil {
		err = moveUp(beside, data)
		if err != nil && loaded {
			err = fmt.Errorf("%w (what was written to PostgreSQL has to be removed before it is tried again)", err)
		}
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(beside))
	}
	return m, nil
}

// loadDatabase moves the database of a backup, if it has one, to PostgreSQL.
func loadDatabase(ctx context.Context, file, dsn string) (loaded bool, err error) {
	if !exists(file) {
		return false, nil
	}
	if err := database.Load(ctx, file, database.Config{DSN: dsn}); err != nil {
		return false, err
	}
	left, err := filepath.Glob(file + "*")
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return true, err
}

// checkRestored looks whether this program can use what was unpacked, and makes the queue.
func checkRestored(ctx context.Context, dir string) error {
	data, err := readStateFile(filepath.Join(dir, stateName))
	if err == nil {
		_, err = decodeState(data)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the state of the backup: %w", err)
	}
	if file := filepath.Join(dir, stateDB); exists(file) {
		if err := database.CheckFile(ctx, file); err != nil {
			return err
		}
	}
	if logs := filepath.Join(dir, storeDir); exists(logs) {
		s, err := store.Open(logs)
		if err != nil {
			return err
		}
		if problems := s.Problems(); len(problems) > 0 {
			err = fmt.Errorf("the log store of the backup: %s", problems[0].String())
		}
		if err = errors.Join(err, s.Close()); err != nil {
			return err
		}
	}
	copied, err := os.Open(filepath.Join(dir, queueCopy))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = queue.Restore(filepath.Join(dir, queueDir), copied)
	return errors.Join(err, copied.Close(), os.Remove(copied.Name()))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// moveUp moves all that is in the folder to the one that it is in, the state last: without
// it the folder is that of no server.
func moveUp(dir, to string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int {
		return bytes.Compare([]byte(last(a.Name())), []byte(last(b.Name())))
	})
	for _, e := range entries {
		if err := os.Rename(filepath.Join(dir, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	folder, err := os.Open(to)
	if err != nil {
		return err
	}
	return errors.Join(os.Remove(dir), folder.Sync(), folder.Close())
}

func last(name string) string {
	if name == stateName {
		return "~"
	}
	return name
}
