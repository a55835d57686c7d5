package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/source"
)

// journalKey is what positions in the journal are found by; no file has such a path.
const journalKey = "journal"

// host is where a server finds the logs of its machine.
type host struct {
	// syslog are the files that hold what the journal holds, too.
	syslog []string
	// journals are the folders of journals.
	journals []string
	// engine is the address of Docker's engine.
	engine string
	// look finds a program.
	look func(string) (string, error)
	// refused reports whether this user may not open a path.
	refused func(path string, flag int) bool
	// groupOf returns the group of a file, if it has one.
	groupOf func(fs.FileInfo) (gid uint32, ok bool)
	// files are those that are followed without a configuration, unused those that often are
	// there and are not.
	files  []config.File
	unused []string
	// user is who the program runs as, unit that of systemd or empty, container reports that
	// it runs in one.
	user, unit string
	container  bool
}

func thisHost() *host {
	return &host{
		syslog:   []string{"/var/log/auth.log", "/var/log/syslog", "/var/log/secure", "/var/log/messages"},
		journals: []string{"/var/log/journal", "/run/log/journal"}, engine: source.DefaultEngine, look: exec.LookPath,
		refused: refused,
		groupOf: groupOf,
		files:   config.DefaultFiles(),
		unused:  []string{"/var/log/apache2/*.log", "/var/log/httpd/*_log", "/var/log/audit/audit.log", "/var/log/haproxy.log", "/var/log/mail.log", "/var/log/maillog", "/var/log/caddy/*.log"},
		user:    userName(), unit: ownUnit(), container: inContainer(),
	}
}

// refused reports whether this user may not open the path. A pipe or a device is not opened:
// that could wait for ever.
func refused(path string, flag int) bool {
	info, err := os.Stat(path)
	if err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeDevice) != 0 {
		return false
	}
	f, err := os.OpenFile(path, flag, 0)
	if err == nil {
		_ = f.Close() // it was only looked at
	}
	return errors.Is(err, fs.ErrPermission)
}

// userName returns who the program runs as, by number if it has no name.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return strconv.Itoa(os.Getuid())
	}
	return u.Username
}

// inContainer reports whether Docker or Podman says that it runs the program.
func inContainer() bool {
	for _, path := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}

// journal returns the journal to follow, or nil and why none is followed. Without a
// configuration it is followed where no syslog daemon writes the same lines to a file:
// else every event would come twice.
func (h *host) journal(c *config.Config) (*config.Journal, string) {
	switch {
	case c.Journal != nil && c.Journal.Disabled:
		return nil, "the configuration says so"
	case c.Journal != nil:
		return c.Journal, ""
	case c.Files != nil:
		return nil, "the configuration names files and no journal"
	}
	for _, path := range h.syslog {
		if _, err := os.Stat(path); err == nil {
			return nil, path + " holds the same lines"
		}
	}
	program, err := h.look(config.DefaultJournalctl)
	if err != nil {
		return nil, "there is no journalctl"
	}
	found := ""
	for _, folder := range h.journals {
		files, err := filepath.Glob(filepath.Join(folder, "*", "*.journal"))
		if err != nil || len(files) == 0 {
			continue
		}
		found = folder
		if slices.ContainsFunc(files, mayRead) {
			return &config.Journal{Journalctl: program}, ""
		}
	}
	if found != "" {
		return nil, "this user may not read " + found + ": members of the group systemd-journal may"
	}
	return nil, "there is no journal"
}

func mayRead(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	_ = f.Close() // it was only looked at
	return true
}

// journalInput is the journal, if it is to be followed.
func (s *Server) journalInput(ctx context.Context, all *config.Config) []input {
	c, why := thisHost().journal(all)
	if c == nil {
		s.log.InfoContext(ctx, "not following the journal", "because", why)
		return nil
	}
	return []input{{name: "journal", config: c, open: func(ctx context.Context, r *running) (func(context.Context, func()) error, error) {
		s.log.InfoContext(ctx, "following the journal", "command", strings.Join(c.Command(), " "))
		return func(ctx context.Context, _ func()) error { return s.followJournal(ctx, r, c) }, nil
	}}}
}

// followJournal follows the journal until the context is done.
func (s *Server) followJournal(ctx context.Context, r *running, c *config.Journal) error {
	position, err := s.position(ctx, journalKey)
	if err != nil && ctx.Err() == nil {
		return err
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // stopped in the middle of it
	}
	label := labelled(c.Label)
	if label.Host == "" {
		label.Host = s.opts.Hostname
	}
	j := &source.Journal{
		Command: c.Command(), Env: os.Environ(), Unit: ownUnit(), PID: os.Getpid(),
		Label: label, Position: position, FromStart: c.FromStart(), Now: s.opts.Now,
		Counters: r.watch("journal", "journal"), Log: s.log.With("source", "journal"),
		Store: s.storeAt(journalKey),
	}
	return j.Run(ctx)
}

// ownUnit returns the unit of systemd that this program runs as, "" when there is none:
// others run in the unit of a login, or of what started this program.
func ownUnit() string {
	if os.Getenv("SYSTEMD_EXEC_PID") != strconv.Itoa(os.Getpid()) {
		return ""
	}
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	return unitOf(string(text))
}

// unitOf returns the service that the groups of a process name, "" when they name none.
func unitOf(cgroups string) string {
	for line := range strings.Lines(cgroups) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 || parts[1] != "" && parts[1] != "name=systemd" {
			continue
		}
		rest, ok := strings.CutPrefix(parts[2], "/system.slice/")
		if unit, _, _ := strings.Cut(rest, "/"); ok && strings.HasSuffix(unit, ".service") {
			return unit
		}
	}
	return ""
}
