// Package evidence captures what is known of a container from outside, such that it outlives
// the container and that a change of it is found: files in a folder with a manifest of their
// hashes.
package evidence

import (
	"context"
	"errors"
	"io"
	"time"
)

// The limits of what is captured.
const (
	// DefaultMaxBytes is the size in bytes of all files of one capture.
	DefaultMaxBytes = 1 << 30
	// DefaultMaxLogs is how many bytes of the output of a container are kept.
	DefaultMaxLogs = 64 << 20
	// DefaultKeep is for how long evidence is kept, DefaultMaxTotal how many bytes of it.
	DefaultKeep     = 90 * 24 * time.Hour
	DefaultMaxTotal = 10 << 30
	// DefaultMinFree is how many bytes of the disk stay free.
	DefaultMinFree = 512 << 20

	// maxProcesses is how many processes are looked at, maxFiles how many open files of each.
	maxProcesses = 4096
	maxFiles     = 1024
	// maxText is the size in bytes of each small file of /proc, maxNet of one of a namespace.
	maxText = 1 << 20
	maxNet  = 16 << 20
	// maxExecutable is the size in bytes of the largest executable that is hashed, or kept
	// when it has no name any more.
	maxExecutable = 512 << 20
	// maxEntries is how many files and folders of the writable layer are looked at, maxDepth
	// how deep they may be nested.
	maxEntries = 1_000_000
	maxDepth   = 256
	// maxNotes is how many limits and problems a manifest names; further ones are counted.
	maxNotes = 1000
	// maxManifest is the size in bytes of the largest manifest that is read.
	maxManifest = 16 << 20
)

// Format is the number of the form of a Manifest.
const Format = 1

// manifestName and sumName are the files that say what the others are.
const (
	manifestName = "manifest.json"
	sumName      = "manifest.sha256"
)

// What can be wrong.
var (
	// ErrMissing is evidence that is not there.
	ErrMissing = errors.New("there is no such evidence")
	// ErrRoom is a disk without room.
	ErrRoom = errors.New("the disk has no room for evidence")
)

// Subject is a container, as who captures evidence of it knows it.
type Subject struct {
	// ID has 64 hexadecimal digits; Name, Image and ImageID are what people know it by.
	ID, Name, Image, ImageID string
	// Inspect is what its engine knows of it, in JSON. Secrets in it are made unreadable.
	Inspect []byte
	// Upper is the folder with what it wrote; "" when there is none here.
	Upper string
	// Local says that its processes are those of this machine.
	Local bool
	// Changes returns what it changed of its image.
	Changes func(ctx context.Context) ([]Change, error)
	// Logs writes its output, up to so many bytes, and reports whether there was more.
	Logs func(ctx context.Context, most int64, stdout, stderr io.Writer) (cut bool, err error)
}

// Change is a file or folder that is not as the image has it.
type Change struct {
	// Kind is A for added, C for changed, D for deleted.
	Kind string `json:"kind"`
	Path string `json:"path"`
}

// Case says why evidence is captured.
type Case struct {
	// ID is the name of the evidence: letters, digits and hyphens. The same name again is the
	// same evidence.
	ID string
	// Response is the id of the response, Signal that of the signal, By who asked for it.
	Response int64
	Signal   string
	By       string
}

// Manifest says what was captured.
type Manifest struct {
	Format int    `json:"format"`
	ID     string `json:"id"`
	// Container is of what.
	Container Container `json:"container"`
	Response  int64     `json:"response,omitempty"`
	Signal    string    `json:"signal,omitempty"`
	By        string    `json:"by,omitempty"`
	// Host is the machine, Version that of the program.
	Host    string `json:"host"`
	Version string `json:"version,omitempty"`
	// Began and Ended say when.
	Began time.Time `json:"began"`
	Ended time.Time `json:"ended"`
	// Bytes is the size of all files.
	Bytes int64 `json:"bytes"`
	// Processes is how many were looked at.
	Processes int `json:"processes"`
	// Files are all but the manifest itself, in the order in which they were taken.
	Files []File `json:"files"`
	// Limits says what was cut or left out for its size or number, Problems what could not be
	// had. MoreNotes counts those that are not named.
	Limits    []string `json:"limits"`
	Problems  []string `json:"problems"`
	MoreNotes int      `json:"more_notes,omitempty"`
}

// Container is what a manifest says of a container.
type Container struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Image   string `json:"image"`
	ImageID string `json:"image_id,omitempty"`
}

// File is one that was captured.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	// Taken is when it was whole.
	Taken time.Time `json:"taken"`
}
