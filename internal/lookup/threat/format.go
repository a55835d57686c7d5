package threat

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/lookup"
)

// Format is how a list is written.
type Format string

// The formats.
const (
	Auto   Format = "auto"   // find out
	Plain  Format = "plain"  // an address, network or range a line; FireHOL's netset; a note may follow
	Levels Format = "levels" // an address and a number (IPsum: how many lists have it)
	Drop   Format = "drop"   // a network ; a reference (Spamhaus DROP)
	NDJSON Format = "ndjson" // an object with the key cidr or ip a line (Spamhaus DROP)
	TorLog Format = "tor"    // Tor's exit-addresses: ExitAddress lines
	Ranges Format = "ranges" // two addresses divided by white space (DShield's block.txt)
	CSV    Format = "csv"    // a table with a column of addresses
)

// Formats returns all formats.
func Formats() []Format { return []Format{Auto, Plain, Levels, Drop, NDJSON, TorLog, Ranges, CSV} }

// DecodeDocument reads a format in a document.
func (f *Format) DecodeDocument(text string) error { return oneOf(f, text, Formats(), "format") }

// sampled is how many lines of entries decide on the format.
const sampled = 64

// Detect returns the format of a list by its beginning, Plain when nothing speaks
// for another. A format needs the word of most lines: one line that differs, at
// the start or in the middle, does not change how the others are read.
func Detect(beginning []byte) Format {
	var entries int
	votes := map[Format]int{}
	for raw := range bytes.Lines(beginning) {
		line := strings.TrimSpace(strings.TrimPrefix(string(raw), "\ufeff"))
		if line == "" || lookup.IsComment(line) {
			continue
		}
		votes[formatOf(line)]++
		if entries++; entries == sampled {
			break
		}
	}
	for _, f := range [...]Format{NDJSON, TorLog, Drop, Levels, Ranges, CSV} {
		if n := votes[f]; 2*n > entries || n == 1 && entries == 2 && f == CSV {
			return f
		}
	}
	return Plain
}

// formatOf returns the format that one line of entries speaks for.
func formatOf(line string) Format {
	first, rest, _ := strings.Cut(line, " ")
	if tab := strings.IndexByte(line, '\t'); tab >= 0 && tab < len(first) {
		first, rest = line[:tab], line[tab+1:]
	}
	switch first {
	case torAddress, "ExitNode", "Published", "LastStatus":
		return TorLog
	}
	if line[0] == '{' {
		return NDJSON
	}
	if before, _, ok := strings.Cut(line, ";"); ok && strings.Contains(before, "/") && !strings.Contains(line, ",") {
		return Drop
	}
	if _, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil && isEntry(first) {
		return Levels
	}
	if fromTo(line) != line {
		return Ranges
	}
	if strings.ContainsAny(line, ",") {
		return CSV
	}
	return Plain
}

// torAddress begins the lines of Tor's exit list that hold an address.
const torAddress = "ExitAddress"

func isEntry(text string) bool {
	_, reason := lookup.ParseRange(text)
	return reason == ""
}

// isPage reports whether this is a web page: what a server sends for a list that
// moved or for a client that it does not like.
func isPage(beginning []byte) bool {
	start := bytes.ToLower(bytes.TrimSpace(beginning[:min(len(beginning), 512)]))
	return bytes.HasPrefix(start, []byte("<!doctype")) || bytes.HasPrefix(start, []byte("<html")) || bytes.HasPrefix(start, []byte("<?xml"))
}
