package signal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// idBytes is how much of the hash an id keeps: with 80 bits, ten million signals
// meet a collision once in some ten billion runs.
const idBytes = 10

// NewID returns the id of a signal: the first 80 bits, in hexadecimal, of the
// SHA-256 over the rule's id, the group's values and the event that opened the
// signal (its time, its line and its text), each with its length. The same
// events give the same id in every run, so a replay updates and never doubles.
func NewID(ruleID string, group []GroupValue, time, line int64, text string) string {
	h := sha256.New()
	var num [8]byte
	number := func(n int64) {
		binary.BigEndian.PutUint64(num[:], uint64(n)) // the bits are hashed
		h.Write(num[:])
	}
	part := func(s string) {
		number(int64(len(s)))
		h.Write([]byte(s))
	}
	part(ruleID)
	number(int64(len(group)))
	for _, g := range group {
		part(g.Path)
		part(g.Value)
	}
	number(time)
	number(line)
	part(text)
	return hex.EncodeToString(h.Sum(nil)[:idBytes])
}
