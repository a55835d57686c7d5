// Package posture says what is wrong with how things are built and run: it evaluates
// checks written in Rego over documents that describe them. It is the door to Open
// Policy Agent.
package posture

import (
	"errors"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/scan"
)

// Kind is what a document was made from.
type Kind string

// The kinds of documents.
const (
	Dockerfile Kind = "dockerfile"
	Compose    Kind = "compose"
	Kubernetes Kind = "kubernetes"
	Inspect    Kind = "inspect" // what docker inspect writes
	Run        Kind = "run"     // command lines of docker run
	Daemon     Kind = "daemon"  // settings of the Docker daemon and its host
	Image      Kind = "image"   // an archive of images, or an image of the engine
	Objects    Kind = "objects" // the objects of a file of Kubernetes, besides their containers
	// Comments are those of a file of another kind that hold findings back.
	Comments Kind = "comment"
)

// Kinds returns the kinds that files have.
func Kinds() []Kind { return []Kind{Dockerfile, Compose, Kubernetes, Inspect, Run, Daemon, Image} }

// Target returns the folder below content/policies whose checks look at documents of
// the kind: all that describe containers have one model, workload.
func (k Kind) Target() string {
	switch k {
	case Dockerfile:
		return "dockerfile"
	case Daemon:
		return "daemon"
	case Image:
		return "image"
	case Objects:
		return "kubernetes"
	case Comments:
		return "comment"
	default:
		return "workload"
	}
}

// Input is one document to look at.
type Input struct {
	// Kind is what it was made from.
	Kind Kind
	// File is the name of the file as the user gave it.
	File string
	// Document is what rules see as input: maps, slices, strings, numbers and booleans,
	// or anything that encoding/json makes those of. Lines stand in it as numbers.
	Document any
	// Objects are the same of the kind Objects as they were written, for Trivy.
	Objects []document.Node
}

// Text is a text for people in the languages that outputs have.
type Text struct{ English, Japanese string }

// Finding is one thing that a check says of a document.
type Finding struct {
	// Check is who says it.
	Check *Check
	// File is the Input's.
	File string
	// Line counts from 1; 0 is unknown. EndLine is 0 when it is the same.
	Line, EndLine int
	// Resource is the service, container or object in the file, "" for the file itself.
	Resource string
	// Severity is the check's, unless this finding has one of its own.
	Severity scan.Severity
	// Aliases are what other tools call this finding.
	Aliases []string
	// Message says what is wrong here.
	Message Text
}

// ErrNoRule is that no rule looked at a document. It is never the same as no finding.
var ErrNoRule = errors.New("no rule was evaluated")
