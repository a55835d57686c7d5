package dockerfile

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// from begins a stage.
func (r *reader) from(in *Instruction) {
	s := Stage{Index: len(r.doc.Stages), Line: in.Line, Parent: -1}
	if p := in.Flags["platform"]; len(p) > 0 {
		s.Platform = p[len(p)-1]
	}
	if len(in.Args) > 0 {
		s.Image = r.image(unquote(in.Args[0]))
	}
	if len(in.Args) >= 3 && strings.EqualFold(in.Args[1], "as") {
		s.Name = strings.ToLower(in.Args[2])
	}
	for i, earlier := range r.doc.Stages {
		if earlier.Name != "" && strings.EqualFold(earlier.Name, s.Image.Full) {
			s.Parent = i
		}
	}
	r.doc.Stages = append(r.doc.Stages, s)
	r.stage = s.Index
}

// image takes the name of an image apart, with the values of global ARGs put in.
func (r *reader) image(text string) Image {
	i := Image{Text: text, Full: text}
	lex := shell.NewLex(rune(r.escape))
	env := make([]string, 0, len(r.args))
	for k, v := range r.args {
		env = append(env, k+"="+v)
	}
	out, err := lex.ProcessWordWithMatches(text, shell.EnvsFromSlice(env))
	for name := range out.Unmatched {
		if !strings.Contains(text, "${"+name+":-") && !strings.Contains(text, "${"+name+"-") {
			lex.SkipUnsetEnv = true // what has no value stays as it is written
		}
	}
	if lex.SkipUnsetEnv {
		out, err = lex.ProcessWordWithMatches(text, shell.EnvsFromSlice(env))
	}
	if err == nil {
		i.Full = out.Result
	}
	i.Variable = strings.Contains(i.Full, "$")
	name := i.Full
	if before, digest, ok := strings.Cut(name, "@"); ok {
		name, i.Digest = before, digest
	}
	// A colon after the last slash begins the tag; one in braces is part of a variable.
	if at := strings.LastIndexByte(name, ':'); at > strings.LastIndexByte(name, '/') && strings.Count(name[at:], "}") <= strings.Count(name[at:], "{") {
		name, i.Tag = name[:at], name[at+1:]
	}
	i.Name, i.Registry = name, "docker.io"
	if host, _, ok := strings.Cut(name, "/"); ok && (strings.ContainsAny(host, ".:$") || host == "localhost") {
		i.Registry = host
	}
	return i
}

// finish marks what becomes the image.
func (r *reader) finish() {
	last := len(r.doc.Stages) - 1
	if last < 0 {
		return
	}
	r.doc.Stages[last].Last = true
	for s := last; s >= 0; s = r.doc.Stages[s].Parent {
		r.doc.Stages[s].Final = true
	}
}
