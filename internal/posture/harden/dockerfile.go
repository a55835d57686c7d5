package harden

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/posture/dockerfile"
)

// Edit replaces lines of a Dockerfile.
type Edit struct {
	// Line is the first that goes, from 1; Count how many do. With none, lines are added
	// before Line.
	Line, Count int
	With        []string
	Reason      string
}

// Dockerfile proposes changes of a Dockerfile: a stage of its own for building, a user
// that is not root, packages without what nobody asked for. The notes are what only its
// author can do. Texts are in the language.
func Dockerfile(name string, data []byte, lang Lang) (edits []Edit, notes []string, err error) {
	d, err := dockerfile.Read(name, data, dockerfile.Ignore{})
	if err != nil {
		return nil, nil, err
	}
	if len(d.Stages) == 0 {
		return nil, nil, fmt.Errorf("%s: there is no FROM in it", name)
	}
	h := &file{lang: lang, d: d, lines: strings.Split(strings.TrimRight(string(data), "\n"), "\n")}
	for i := range d.Instructions {
		h.instruction(&d.Instructions[i])
	}
	for _, s := range d.Stages {
		if s.Parent < 0 && s.Image.Digest == "" && s.Image.Text != "scratch" {
			h.notes = append(h.notes, h.lang.Say("line %d: pin %s by its digest: docker buildx imagetools inspect %s shows it", s.Line, s.Image.Text, s.Image.Text))
		}
	}
	h.stages()
	h.user()
	slices.SortStableFunc(h.edits, func(a, b Edit) int { return a.Line - b.Line })
	return h.edits, h.notes, nil
}

type file struct {
	lang  Lang
	d     *dockerfile.Document
	lines []string
	edits []Edit
	notes []string
}

var (
	aptInstall = regexp.MustCompile(`\bapt-get((?:\s+-\S+)*)\s+install\b`)
	apkAdd     = regexp.MustCompile(`\bapk((?:\s+-\S+)*)\s+add\b`)
	pipInstall = regexp.MustCompile(`\b(pip3?)\s+install\b`)
	archive    = regexp.MustCompile(`\.(tar|tar\.\w+|tgz|tbz2?|txz)$`)
)

// instruction proposes better words for one instruction.
func (h *file) instruction(in *dockerfile.Instruction) {
	if in.Line < 1 || in.EndLine > len(h.lines) || len(in.Heredocs) > 0 {
		return
	}
	old := h.lines[in.Line-1 : in.EndLine]
	text := strings.Join(old, "\n")
	changed, why := text, []string{}
	replace := func(next, reason string) {
		if next != changed {
			changed, why = next, append(why, h.lang.Say(reason))
		}
	}
	switch in.Cmd {
	case "add":
		local := !slices.ContainsFunc(in.Sources, func(s string) bool {
			return strings.Contains(s, "://") || strings.HasPrefix(s, "git@") || archive.MatchString(s) || strings.Contains(s, "$")
		})
		if local && len(in.Sources) > 0 {
			replace(regexp.MustCompile(`(?i)^(\s*)ADD\b`).ReplaceAllString(changed, "${1}COPY"), "COPY does nothing but copy; ADD unpacks and downloads.")
		}
	case "run":
		if !strings.Contains(text, "no-install-recommends") {
			replace(aptInstall.ReplaceAllString(changed, "apt-get$1 install --no-install-recommends"), "Packages that nobody asked for are left out.")
		}
		if !strings.Contains(text, "--no-cache") && !strings.Contains(text, "type=cache") {
			replace(apkAdd.ReplaceAllString(changed, "apk$1 add --no-cache"), "The index of packages does not stay in the image.")
		}
		if !strings.Contains(text, "--no-cache-dir") && !strings.Contains(text, "type=cache") {
			replace(pipInstall.ReplaceAllString(changed, "$1 install --no-cache-dir"), "Downloads do not stay in the image.")
		}
	}
	if changed != text {
		h.edits = append(h.edits, Edit{Line: in.Line, Count: len(old), With: strings.Split(changed, "\n"), Reason: strings.Join(why, " ")})
	}
}

// last returns the instructions of the last stage.
func (h *file) last() []dockerfile.Instruction {
	n := len(h.d.Stages) - 1
	return slices.DeleteFunc(slices.Clone(h.d.Instructions), func(in dockerfile.Instruction) bool { return in.Stage != n || in.OnBuild })
}

// end returns the line before which something is added: that of what is started, or the
// one behind the last.
func (h *file) end() int {
	line := len(h.lines) + 1
	for _, in := range slices.Backward(h.last()) {
		if in.Cmd == "cmd" || in.Cmd == "entrypoint" {
			line = in.Line
		}
	}
	return line
}

// stages proposes a second stage, when one image builds and runs.
func (h *file) stages() {
	if len(h.d.Stages) != 1 {
		return
	}
	s := h.d.Stages[0]
	tag := s.Image.Tag
	workdir, program := "/", ""
	for _, in := range h.last() {
		switch in.Cmd {
		case "workdir":
			workdir = path.Join(workdir, in.Value)
			if path.IsAbs(in.Value) {
				workdir = path.Clean(in.Value)
			}
		case "cmd", "entrypoint":
			if in.JSON && len(in.Args) > 0 && program == "" {
				program = in.Args[0]
			}
		}
	}
	var with []string
	switch base := path.Base(s.Image.Name); {
	case (base == "golang" || base == "rust") && program != "" && (strings.HasPrefix(program, "/") || strings.HasPrefix(program, "./")):
		if !path.IsAbs(program) {
			program = path.Join(workdir, program)
		}
		runtime := map[string]string{"golang": "gcr.io/distroless/static-debian12:nonroot", "rust": "gcr.io/distroless/cc-debian12:nonroot"}[base]
		with = []string{"", "FROM " + runtime, "WORKDIR " + workdir, "COPY --from=build " + program + " " + program}
		if base == "golang" {
			h.notes = append(h.notes, h.lang.Say("build with CGO_ENABLED=0: the last stage has no C library"))
		}
	case base == "node" && tag != "" && !strings.Contains(tag, "slim") && !strings.Contains(tag, "alpine") && workdir != "/":
		with = []string{"", "FROM " + s.Image.Name + ":" + tag + "-slim", "WORKDIR " + workdir, "COPY --from=build " + workdir + " " + workdir}
	case slices.Contains([]string{"golang", "rust", "maven", "gradle", "sdk", "gcc", "buildpack-deps", "node", "python"}, base):
		h.notes = append(h.notes, h.lang.Say("%s holds compilers and tools: build in a stage of its own and copy what runs into a smaller image", s.Image.Text))
		return
	default:
		return
	}
	line := s.Line
	if line < 1 || line > len(h.lines) || s.Name != "" {
		return
	}
	h.edits = append(h.edits,
		Edit{Line: line, Count: 1, With: []string{strings.TrimRight(h.lines[line-1], " \t\r") + " AS build"}, Reason: h.lang.Say("This stage builds; it does not run.")},
		Edit{Line: h.end(), With: with, Reason: h.lang.Say("What runs has no compiler, no shell where that can be, and only what it needs.")})
	h.notes = append(h.notes, h.lang.Say("ENV, EXPOSE, LABEL and files that are needed to run belong behind the second FROM"))
}

// user proposes a user that is not root.
func (h *file) user() {
	root := true
	var at *dockerfile.Instruction
	for _, in := range h.last() {
		if in.Cmd == "user" {
			name, _, _ := strings.Cut(in.Value, ":")
			root, at = name == "root" || strings.Trim(name, "0") == "", &in
		}
	}
	switch {
	case !root, at == nil && strings.Contains(h.d.Stages[len(h.d.Stages)-1].Image.Tag, "nonroot"):
	case slices.ContainsFunc(h.edits, func(e Edit) bool {
		return slices.ContainsFunc(e.With, func(s string) bool { return strings.HasSuffix(s, ":nonroot") })
	}):
		// The image of the second stage has a user of its own.
	case at != nil && at.EndLine <= len(h.lines) && at.Line >= h.end()-1:
		h.edits = append(h.edits, Edit{Line: at.Line, Count: at.EndLine - at.Line + 1, With: []string{"USER 10001:10001"}, Reason: h.lang.Say("What runs is not root. A number needs no account.")})
	default:
		h.edits = append(h.edits, Edit{Line: h.end(), With: []string{"USER 10001:10001"}, Reason: h.lang.Say("What runs is not root. A number needs no account; folders that it writes have to be its own (COPY --chown).")})
	}
}

// DockerfileDiff writes edits as a unified diff with a reason above each.
func DockerfileDiff(name string, data []byte, edits []Edit) []byte {
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	var b bytes.Buffer
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", oneLine(name), oneLine(name))
	shift := 0
	for _, e := range edits {
		before := min(e.Line-1, 1)
		after := min(1, len(lines)-(e.Line-1+e.Count))
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@ %s\n", e.Line-before, before+e.Count+after, e.Line-before+shift, before+len(e.With)+after, e.Reason)
		for i := e.Line - 1 - before; i < e.Line-1; i++ {
			fmt.Fprintf(&b, " %s\n", lines[i])
		}
		for i := e.Line - 1; i < e.Line-1+e.Count; i++ {
			fmt.Fprintf(&b, "-%s\n", lines[i])
		}
		for _, line := range e.With {
			fmt.Fprintf(&b, "+%s\n", line)
		}
		for i := e.Line - 1 + e.Count; i < e.Line-1+e.Count+after; i++ {
			fmt.Fprintf(&b, " %s\n", lines[i])
		}
		shift += len(e.With) - e.Count
	}
	return b.Bytes()
}

// Apply returns the Dockerfile with the edits.
func Apply(data []byte, edits []Edit) []byte {
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	var out []string
	at := 0
	for _, e := range edits {
		out = append(out, lines[at:e.Line-1]...)
		out = append(out, e.With...)
		at = e.Line - 1 + e.Count
	}
	out = append(out, lines[at:]...)
	return []byte(strings.Join(out, "\n") + "\n")
}
