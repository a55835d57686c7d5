package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/posture/shell"
)

// Limits of a Dockerfile.
const (
	// MaxBytes is the size of a Dockerfile.
	MaxBytes = 1 << 20
	// maxInstructions is how many instructions it may have. An image has at most 127
	// layers.
	maxInstructions = 2_000
	// maxCommands is how many commands all its scripts may have.
	maxCommands = 20_000
	// maxOnBuild is how often ONBUILD may stand in it: BuildKit's parser looks at the
	// rest of the line again for each that stands in another.
	maxOnBuild = 200
)

// names returns the instructions that there are.
func names() []string {
	return []string{"add", "arg", "cmd", "copy", "entrypoint", "env", "expose", "from", "healthcheck", "label", "maintainer", "onbuild", "run", "shell", "stopsignal", "user", "volume", "workdir"}
}

// Read parses a Dockerfile. The error names the place: file:line.
func Read(file string, data []byte, ignore Ignore) (*Document, error) {
	switch {
	case len(data) > MaxBytes:
		return nil, fmt.Errorf("%s: larger than %d bytes", file, MaxBytes)
	case bytes.IndexByte(data, 0) >= 0:
		return nil, fmt.Errorf("%s:%d: a byte of value 0: no Dockerfile", file, 1+bytes.Count(data[:bytes.IndexByte(data, 0)], []byte("\n")))
	case bytes.Count(bytes.ToLower(data), []byte("onbuild")) > maxOnBuild:
		return nil, fmt.Errorf("%s: more than %d ONBUILD", file, maxOnBuild)
	}
	text := strings.ToValidUTF8(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))), "\ufffd")
	result, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return nil, place(file, err)
	}
	if len(result.AST.Children) > maxInstructions {
		return nil, fmt.Errorf("%s:%d: more than %d instructions", file, result.AST.Children[maxInstructions].StartLine, maxInstructions)
	}
	r := &reader{file: file, lines: strings.Split(text, "\n"), escape: byte(result.EscapeToken), stage: -1, args: map[string]string{}, shells: map[int][]string{}}
	r.doc = &Document{Instructions: []Instruction{}, Stages: []Stage{}, Ignore: ignore}
	if r.doc.Ignore.Patterns == nil {
		r.doc.Ignore.Patterns = []string{}
	}
	for _, node := range result.AST.Children {
		if err := r.instruction(node); err != nil {
			return nil, err
		}
	}
	r.finish()
	return r.doc, nil
}

// place names the line of an error.
func place(file string, err error) error {
	if at, ok := errors.AsType[*parser.LocationError](err); ok && len(at.Locations) > 0 && len(at.Locations[0]) > 0 {
		return fmt.Errorf("%s:%d: %w", file, max(1, at.Locations[0][0].Start.Line), at.Unwrap())
	}
	return fmt.Errorf("%s: %w", file, err)
}

// reader makes a document of the parser's tree.
type reader struct {
	file     string
	lines    []string
	escape   byte
	doc      *Document
	stage    int
	args     map[string]string // before the first FROM
	shells   map[int][]string  // by stage
	commands int
}

func (r *reader) instruction(node *parser.Node) error {
	in := Instruction{
		Index: len(r.doc.Instructions), Line: node.StartLine, EndLine: node.EndLine, Stage: r.stage,
		Triggers: []string{}, Flags: map[string][]string{}, Args: []string{}, Pairs: []Pair{}, Sources: []string{}, Heredocs: []Heredoc{}, Shell: []string{}, Commands: []shell.Command{},
	}
	heredocs := node.Heredocs
	skip := 0 // words before the arguments
	for strings.EqualFold(node.Value, "onbuild") && node.Next != nil && len(node.Next.Children) > 0 {
		node, in.OnBuild = node.Next.Children[0], true
		heredocs = append(heredocs, node.Heredocs...)
		in.Triggers = append(in.Triggers, strings.ToLower(node.Value))
		skip++
	}
	in.Cmd = strings.ToLower(node.Value)
	if known := names(); !slices.Contains(known, in.Cmd) {
		hint := ""
		if s := document.Suggest(in.Cmd, known); s != "" {
			hint = fmt.Sprintf(" (did you mean %s?)", strings.ToUpper(s))
		}
		return fmt.Errorf("%s:%d: unknown instruction %q%s", r.file, in.Line, clip(node.Value), hint)
	}
	for _, f := range node.Flags {
		name, value, _ := strings.Cut(strings.TrimPrefix(f, "--"), "=")
		in.Flags[name] = append(in.Flags[name], unquote(value))
	}
	for _, h := range heredocs {
		in.Heredocs = append(in.Heredocs, Heredoc{h.Name, h.Content})
	}
	in.JSON = node.Attributes["json"]
	r.words(&in, node)
	if in.Cmd == "from" && !in.OnBuild {
		r.from(&in)
	}
	in.Stage = r.stage
	if err := r.run(&in, skip); err != nil {
		return err
	}
	r.doc.Instructions = append(r.doc.Instructions, in)
	return nil
}

// words fills in what stands after the name and the flags.
func (r *reader) words(in *Instruction, node *parser.Node) {
	for n := node.Next; n != nil; n = n.Next {
		in.Args = append(in.Args, n.Value)
	}
	if in.JSON || in.Cmd == "from" || in.Cmd == "expose" || in.Cmd == "volume" || in.Cmd == "copy" || in.Cmd == "add" {
		in.Value = strings.Join(in.Args, " ")
	} else if len(in.Args) > 0 {
		in.Value = in.Args[0]
	}
	switch in.Cmd {
	case "env", "label":
		in.Value = strings.TrimSpace(node.Original)
		if len(in.Args)%3 == 0 {
			for i := 0; i < len(in.Args); i += 3 {
				in.Pairs = append(in.Pairs, Pair{unquote(in.Args[i]), unquote(in.Args[i+1]), true})
			}
		}
	case "arg":
		for _, a := range in.Args {
			name, value, set := strings.Cut(a, "=")
			in.Pairs = append(in.Pairs, Pair{name, unquote(value), set})
			if r.stage < 0 && set {
				r.args[name] = unquote(value)
			}
		}
	case "copy", "add":
		words := in.Args
		if !in.JSON {
			words = make([]string, 0, len(in.Args))
			for _, w := range in.Args {
				if w != "" {
					words = append(words, unquote(w))
				}
			}
		}
		if n := len(words); n > 0 {
			in.Sources, in.Target = words[:n-1], words[n-1]
		}
	case "shell":
		if in.JSON {
			r.shells[r.stage] = in.Args
		}
	default:
	}
	if (in.Cmd == "run" || in.Cmd == "cmd" || in.Cmd == "entrypoint") && !in.JSON {
		in.Shell = r.shell(r.stage)
	}
}

// shell returns what runs the scripts of a stage.
func (r *reader) shell(stage int) []string {
	for stage >= 0 {
		if s, ok := r.shells[stage]; ok {
			return s
		}
		stage = r.doc.Stages[stage].Parent
	}
	return []string{"/bin/sh", "-c"}
}

// run finds what an instruction runs. The number says how many words stand before the
// instruction's name on its line.
func (r *reader) run(in *Instruction, skip int) error {
	var script shell.Script
	switch {
	case in.Cmd == "healthcheck":
		if len(in.Args) < 2 {
			return nil
		}
		if in.Value = strings.Join(in.Args[1:], " "); in.JSON {
			script = shell.Exec(in.Args[1:])
		} else {
			script = shell.Parse(in.Value)
		}
	case in.Cmd != "run" && in.Cmd != "cmd" && in.Cmd != "entrypoint":
		return nil
	case in.JSON:
		script = shell.Exec(in.Args)
	case !unix(in.Shell):
		return nil
	default:
		if text, ok := r.source(in, skip); ok {
			script = shell.Parse(text)
		}
		if script.Error != "" || len(script.Commands) == 0 {
			if plain := shell.Parse(in.Value); len(in.Heredocs) == 0 && plain.Error == "" {
				script = plain
			}
		}
	}
	for i := range script.Commands {
		script.Commands[i].Line = min(script.Commands[i].Line+in.Line-1, in.EndLine)
	}
	if r.commands += len(script.Commands); r.commands > maxCommands || script.Cut {
		return fmt.Errorf("%s:%d: more commands than are looked at", r.file, in.Line)
	}
	in.Commands, in.Guessed = script.Commands, script.Error
	if in.Commands == nil {
		in.Commands = []shell.Command{}
	}
	return nil
}

// unix reports whether the shell understands what package shell does.
func unix(words []string) bool {
	if len(words) == 0 {
		return false
	}
	switch path.Base(words[0]) {
	case "sh", "bash", "ash", "dash", "zsh", "ksh", "mksh", "busybox":
		return true
	default:
		return false
	}
}

// unquote removes the quotes around a word.
func unquote(word string) string {
	if n := len(word); n >= 2 && (word[0] == '"' || word[0] == '\'') && word[n-1] == word[0] {
		return word[1 : n-1]
	}
	return word
}

// clip shortens a word for messages.
func clip(word string) string {
	if len(word) > 40 {
		return word[:40] + "…"
	}
	return word
}
