// Package dockerfile makes of a Dockerfile the document that checks look at. It is the
// door to the parser of BuildKit.
package dockerfile

import "github.com/sasumata/sasumata/internal/posture/shell"

// Document is a Dockerfile as rules see it.
type Document struct {
	// Instructions are all, in the order of the file.
	Instructions []Instruction `json:"instructions"`
	// Stages are what each FROM begins, in the order of the file.
	Stages []Stage `json:"stages"`
	// Ignore says what .dockerignore keeps out of the context.
	Ignore Ignore `json:"ignore"`
}

// Ignore is the .dockerignore of a context.
type Ignore struct {
	// Known is false when nobody could look, for a Dockerfile from the standard input.
	Known bool `json:"known"`
	// Present says that there is one, Patterns what is in it.
	Present  bool     `json:"present"`
	Patterns []string `json:"patterns"`
}

// Stage is one part of a build.
type Stage struct {
	Index int `json:"index"`
	// Line is that of FROM.
	Line int `json:"line"`
	// Name is what AS calls it, in lower case; "" without.
	Name string `json:"name"`
	// Image is what it begins with.
	Image Image `json:"image"`
	// Platform is the value of --platform.
	Platform string `json:"platform"`
	// Parent is the stage that it begins with, -1 for an image.
	Parent int `json:"parent"`
	// Final marks the last stage, which becomes the image, and those that it begins with.
	Final bool `json:"final"`
	// Last marks the last stage alone.
	Last bool `json:"last"`
}

// Image is the name of an image.
type Image struct {
	// Text is as it was written, Full with the values of ARGs put in.
	Text string `json:"text"`
	Full string `json:"full"`
	// Variable says that Full still has a variable in it, which only the build knows.
	Variable bool `json:"variable"`
	// Registry is the host, docker.io if none is written. Name is without tag and digest.
	Registry string `json:"registry"`
	Name     string `json:"name"`
	Tag      string `json:"tag"`
	Digest   string `json:"digest"`
}

// Pair is a name with a value, as ENV, LABEL and ARG have them. The value is without
// quotes.
type Pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	// Set is false for an ARG without a value.
	Set bool `json:"set"`
}

// Heredoc is a file in the Dockerfile.
type Heredoc struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

// Instruction is one line of a Dockerfile, with those that continue it.
type Instruction struct {
	Index int `json:"index"`
	// Cmd is its name in lower case; that of what ONBUILD holds.
	Cmd string `json:"cmd"`
	// OnBuild says that it runs in builds that begin with this image.
	OnBuild bool `json:"onbuild"`
	// Triggers are the names of what stands behind each ONBUILD of the line.
	Triggers []string `json:"triggers"`
	Line     int      `json:"line"`
	EndLine  int      `json:"end_line"`
	// Stage is the number of the stage, -1 before the first FROM.
	Stage int `json:"stage"`
	// JSON says that it is written as a list.
	JSON bool `json:"json"`
	// Flags are what begins with --, by name; several values of one name stay apart.
	Flags map[string][]string `json:"flags"`
	// Args are its words: those of the list, or of the line split at blanks.
	Args []string `json:"args"`
	// Value is the line without name and flags; of HEALTHCHECK without CMD, too.
	Value string `json:"value"`
	// Pairs are those of ENV, LABEL and ARG.
	Pairs []Pair `json:"pairs"`
	// Sources and Target are those of COPY and ADD.
	Sources []string `json:"sources"`
	Target  string   `json:"target"`
	// Heredocs are the files that follow.
	Heredocs []Heredoc `json:"heredocs"`
	// Shell is what runs it, for RUN, CMD and ENTRYPOINT that are no list.
	Shell []string `json:"shell"`
	// Commands are what RUN, CMD, ENTRYPOINT and HEALTHCHECK run. Their lines are those
	// of the file. A script of a shell that is none of Unix has none.
	Commands []shell.Command `json:"commands"`
	// Guessed says that the script could not be parsed, and why.
	Guessed string `json:"guessed"`
}
