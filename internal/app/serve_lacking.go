package app

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/source"
)

// maxLacking is how many logs are named that are not read: one command often mends all.
const maxLacking = 50

// lacking returns the logs of the machine that are there and are not read: because this user
// may not, or because nobody said so. Journal and docker say whether these are followed.
func (h *host) lacking(c *config.Config, journal, docker bool) []api.LackingSource {
	all := []api.LackingSource{}
	add := func(kind, name, why, fix string) {
		if len(all) < maxLacking {
			all = append(all, api.LackingSource{Kind: kind, Name: name, Why: why, Fix: fix})
		}
	}
	files := c.Files
	if files == nil {
		files = h.files
	}
	for i := range files {
		if files[i].Path == config.Stdin {
			continue
		}
		for _, path := range h.forbidden(files[i].Path) {
			add("file", path, api.LackingPermission, h.fix(path))
		}
	}
	if !journal && (c.Journal == nil && c.Files == nil && !h.hasSyslog() || c.Journal != nil && !c.Journal.Disabled) {
		for _, folder := range h.journals {
			if found, err := filepath.Glob(filepath.Join(folder, "*", "*.journal")); err == nil && len(found) > 0 {
				add("journal", folder, api.LackingPermission, h.join("systemd-journal"))
				break
			}
		}
	}
	if engine, ok := strings.CutPrefix(h.engine, "unix://"); ok && !docker && c.Docker == nil && c.Files == nil {
		if h.refused(engine, os.O_RDWR) {
			add("docker", engine, api.LackingPermission, h.fix(engine))
		}
	}
	if c.Files != nil {
		return all // somebody chose
	}
	for _, pattern := range h.unused {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			add("file", pattern, api.LackingUnused, h.naming(pattern, journal, docker))
		}
	}
	return all
}

func (h *host) hasSyslog() bool {
	for _, path := range h.syslog {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}

// forbidden returns what of a pattern this user may not read: files, or the folder.
func (h *host) forbidden(pattern string) []string {
	if dir := filepath.Dir(pattern); !strings.ContainsAny(dir, "*?[") && h.refused(dir, os.O_RDONLY) {
		return []string{dir}
	}
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil // the configuration was checked
	}
	var all []string
	for _, path := range found[:min(len(found), source.MaxTails)] {
		if len(all) < maxLacking && h.refused(path, os.O_RDONLY) {
			all = append(all, path)
		}
	}
	return all
}

// fix returns the command that lets this user read the path.
func (h *host) fix(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	if gid, ok := h.groupOf(info); ok && gid != 0 && info.Mode().Perm()&0o040 != 0 {
		name := strconv.FormatUint(uint64(gid), 10)
		if h.container {
			return "docker run --group-add " + name + " …"
		}
		if group, err := user.LookupGroupId(name); err == nil {
			return h.join(group.Name)
		}
	}
	if h.container {
		return "sudo chmod o+rX " + shellWord(path)
	}
	return "sudo setfacl -R -m u:" + shellWord(h.user) + ":rX " + shellWord(path) + h.again()
}

// join returns the command that makes this user a member of the group.
func (h *host) join(group string) string {
	return "sudo usermod -aG " + shellWord(group) + " " + shellWord(h.user) + h.again()
}

// again returns what starts the server anew, which knows its groups since its start.
func (h *host) again() string {
	if h.unit == "" {
		return ""
	}
	return " && sudo systemctl restart " + shellWord(h.unit)
}

// naming returns a configuration with the log, and with all that is read without one.
func (h *host) naming(pattern string, journal, docker bool) string {
	var b strings.Builder
	b.WriteString("files:\n")
	for i := range h.files {
		if found, err := filepath.Glob(h.files[i].Path); err == nil && len(found) > 0 {
			fmt.Fprintf(&b, "  - {path: %q}\n", h.files[i].Path)
		}
	}
	fmt.Fprintf(&b, "  - {path: %q}\n", pattern)
	if journal {
		b.WriteString("journal: {}\n")
	}
	if docker {
		fmt.Fprintf(&b, "docker: {address: %q}\n", h.engine)
	}
	return b.String()
}

// shellWord returns a word for a shell.
func shellWord(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func portOf(address string) string { return address[strings.LastIndexByte(address, ':'):] }

// listening says of an input where it listens.
func listening(r *running) api.ListeningAt {
	kind, _, _ := strings.Cut(r.name, " ")
	if kind != "http" {
		kind += " " + r.place.protocol
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return api.ListeningAt{Kind: kind, Address: r.at.Addr(), TLS: len(r.secured) > 0}
}
