// Package image reads archives of container images, as docker save and OCI tools write
// them, into what policies look at: how the image is configured, how it was made, and
// which files in it matter. Layers are read as they come, nothing is unpacked to the
// disk, and no program of the image is run.
//
// An archive is hostile: sizes, numbers, lengths and the ratio of compression are
// bounded, names are never used as names on this machine.
package image

import (
	"errors"
	"time"

	"github.com/sasumata/sasumata/internal/posture/workload"
)

// Limits of one archive.
const (
	// maxBytes is how many bytes it may have, unpacked: layers twice, when the archive
	// itself is compressed.
	maxBytes = 64 << 30
	// maxBlobs is how many files the archive itself may have: layers and descriptions.
	maxBlobs = 100_000
	// maxEntries is how many files all layers may have; each costs 16 bytes of memory.
	maxEntries = 5_000_000
	// maxPath is the length of a path in bytes, as Linux has it.
	maxPath = 4096
	// maxLayers is how many layers an image may have; engines refuse more than 127.
	maxLayers = 200
	// maxImages is how many images an archive may have.
	maxImages = 100
	// maxJSON is the size in bytes of a description; maxJSONs that of all of them.
	maxJSON, maxJSONs = 8 << 20, 64 << 20
	// maxKept is how many files of a class are kept of a layer, maxText how many bytes of
	// their paths and contents in all, maxListed how many policies see of a class.
	maxKept, maxText, maxListed = 5_000, 64 << 20, 1_000
	// maxContent is how much is read of a file whose content matters.
	maxContent = 1 << 20
	// maxSteps bounds the looking up of files in later layers.
	maxSteps = 200_000_000
	// bombSize and bombRatio say what is no layer but a bomb: so many bytes unpacked,
	// from so many times fewer. Gzip reaches 1030, layers 2 to 20.
	bombSize, bombRatio = 1 << 30, 200
	// maxWindow is the memory in bytes that zstd may ask for.
	maxWindow = 128 << 20
	// maxHistory is how many steps of the making are looked at, maxStep the length of one.
	maxHistory, maxStep = 1_000, 64 << 10
)

var (
	// ErrNoImage is that the archive is none of an image.
	ErrNoImage = errors.New("no archive of an image")
	// ErrLimit is that the archive is larger than anything that is looked at.
	ErrLimit = errors.New("beyond the limits")
)

// Document is one image, as policies see it.
type Document struct {
	// Name is its tag, or the digest of its configuration.
	Name string `json:"name"`
	// Platform is as linux/amd64.
	Platform string `json:"platform"`
	// Created is when it was built, as RFC 3339; "" when it does not say, or a time before
	// there were such images, as reproducible builds write.
	Created string `json:"created"`
	// Age is in days, -1 when it is unknown.
	Age int `json:"age_days"`
	// User is as the configuration has it, and Root whether that is root: yes, no or
	// unknown.
	User string `json:"user"`
	Root string `json:"root"`
	// Health says that there is a health check.
	Health bool `json:"healthcheck"`
	// Env and Labels are those of the configuration; values that are secrets are left out.
	Env    []workload.Variable `json:"env"`
	Labels []workload.Variable `json:"labels"`
	// Steps are how it was made.
	Steps []Step `json:"steps"`
	// Files are those that matter.
	Files []File `json:"files"`
	// Accounts are the users and groups of its files.
	Accounts []Account `json:"accounts"`
	// Caches are folders that package managers leave.
	Caches []Cache `json:"caches"`
}

// Step is an entry of the history.
type Step struct {
	// Number counts from 1, those without a layer too.
	Number int `json:"number"`
	// Command is the script of a RUN.
	Command string `json:"command"`
	// Variables are those of ENV and ARG, and the arguments that a RUN was given.
	Variables []workload.Variable `json:"variables"`
}

// File is a file of the image.
type File struct {
	// Path begins with a slash.
	Path string `json:"path"`
	// Class is why it matters: setuid, setgid, writable (by everybody), secret, or unneeded.
	Class string `json:"class"`
	// Mode is as 4755.
	Mode string `json:"mode"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	// Folder says that it is one.
	Folder bool `json:"folder"`
	// Layer counts from 1. Gone says that a later one removes or replaces the file: who
	// has the image has it all the same.
	Layer int  `json:"layer"`
	Gone  bool `json:"gone"`
}

// Account is a line of /etc/passwd, /etc/shadow or /etc/group.
type Account struct {
	Kind string `json:"kind"` // user or group
	Name string `json:"name"`
	// ID is -1 in /etc/shadow.
	ID int `json:"id"`
	// Open says that the password is empty: nobody is asked for one.
	Open bool `json:"open"`
	// File is where it stands.
	File string `json:"file"`
}

// Cache is what a package manager left in a layer.
type Cache struct {
	Kind   string `json:"kind"` // apt, apk, rpm, pip, npm
	Folder string `json:"folder"`
	Layer  int    `json:"layer"`
	Bytes  int64  `json:"bytes"`
}

// Options say how an archive is read.
type Options struct {
	// Now is what ages are reckoned from.
	Now time.Time
}
