package config

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// DefaultJournalctl is the program that reads the journal; it is looked for in PATH.
const DefaultJournalctl = "journalctl"

// Journal is the journal of systemd, which journalctl reads.
type Journal struct {
	Label

	// Disabled leaves the journal alone.
	Disabled bool `doc:"disabled"`
	// Units are those whose entries are read, with the wildcards of journalctl; none means
	// all.
	Units []string `doc:"units,single"`
	// Identifiers are the programs whose entries are read, as they name themselves; none
	// means all.
	Identifiers []string `doc:"identifiers,single"`
	// From is where a journal is read from at the very first start: end or beginning.
	From string `doc:"from"`
	// Directory is that of the journal, if it is not the usual one.
	Directory string `doc:"directory"`
	// Journalctl is the program.
	Journalctl string `doc:"journalctl"`

	At map[string]document.Pos `doc:",positions"`
}

// FromStart reports whether the journal is read from its beginning.
func (j *Journal) FromStart() bool { return j.From == beginning }

// Command returns the program and what it is told of what to read.
func (j *Journal) Command() []string {
	program := j.Journalctl
	if program == "" {
		program = DefaultJournalctl
	}
	command := []string{program}
	if j.Directory != "" {
		command = append(command, "--directory="+j.Directory)
	}
	for _, unit := range j.Units {
		command = append(command, "--unit="+unit)
	}
	for _, name := range j.Identifiers {
		command = append(command, "--identifier="+name)
	}
	return command
}

func (k *checker) journal(j *Journal) {
	if j == nil {
		return
	}
	k.label(&j.Label, j.At)
	k.from(j.From, j.At)
	k.Fault(j.Directory != "" && !filepath.IsAbs(j.Directory), j.At, "directory", "directory %q wants to begin with /: a server has no current folder", j.Directory)
	wrong := func(name string) bool {
		return name == "" || len(name) > 256 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
	}
	for key, names := range map[string][]string{"units": j.Units, "identifiers": j.Identifiers, "journalctl": {"-" + j.Journalctl}, "directory": {"-" + j.Directory}} {
		k.Fault(slices.ContainsFunc(names, wrong) || len(names) > 100, j.At, key, "%s wants at most 100 names of at most 256 bytes, without control characters", key)
	}
}

// from checks where reading begins.
func (k *checker) from(from string, at map[string]document.Pos) {
	if from == "" || from == beginning || from == end {
		return
	}
	fault := at["from"].Fault("from %q, want %s or %s", from, end, beginning)
	fault.Suggestion = document.Suggest(from, []string{end, beginning})
	k.Faults = append(k.Faults, fault)
}
