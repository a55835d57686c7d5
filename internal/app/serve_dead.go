package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/queue/record"
)

const (
	// deadName is the file of records that could not be looked at.
	deadName = "dead-letters.jsonl"
	// maxDead is its largest size in bytes; further records are only counted.
	maxDead = 64 << 20
	// deadMessage is the message of their events: the text was not searched for secrets.
	deadMessage = "a record could not be looked at: it is in " + deadName
)

// deadLetter is a line of the file.
type deadLetter struct {
	Reason   string   `json:"reason"`
	Text     string   `json:"text,omitempty"`
	Bytes    []byte   `json:"text_base64,omitempty"` // of a text that is not UTF-8
	Source   string   `json:"source,omitempty"`
	Service  string   `json:"service,omitempty"`
	Host     string   `json:"host,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	Received int64    `json:"received"` // in nanoseconds since 1970 UTC
}

// deadLetters keeps records at which the program failed. They would stop it again and
// again, so they are set aside. Any number of goroutines may use it.
type deadLetters struct {
	path string
	max  int64
	mu   sync.Mutex
}

// add writes the record to the file.
func (d *deadLetters) add(r *record.Record, reason string) error {
	one := deadLetter{Reason: reason, Source: r.Source, Service: r.Service, Host: r.Host, Tags: r.Tags, Received: r.Received}
	if utf8.ValidString(r.Text) {
		one.Text = r.Text
	} else {
		one.Bytes = []byte(r.Text)
	}
	line, err := json.Marshal(one)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := os.OpenFile(d.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size()+int64(len(line)) > d.max {
		err = fmt.Errorf("%s has its largest size: it is only counted", d.path)
	}
	if err == nil {
		_, err = f.Write(append(line, '\n'))
	}
	return errors.Join(err, f.Close())
}

// survive makes the event of a record also when the program fails at it: whoever writes
// logs must not be able to stop the server with a line.
func (m *machine) survive(e *event.Event, r *record.Record, number int64) {
	defer func() {
		failure := recover()
		if failure == nil {
			return
		}
		m.parser.dead(r, failure)
		*m = *m.parser.machine() // nobody knows in which state the old one is
		m.threats = m.parser.lists()
		e.Reset()
		e.Message, e.Line, e.Time = deadMessage, number, r.Received
		e.Source, e.Service, e.Host = r.Source, r.Service, r.Host
	}()
	m.arrived(e, r, number)
}
