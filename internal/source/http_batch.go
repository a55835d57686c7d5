package source

import (
	"errors"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// The limits of what one request becomes: a few bytes of a body can stand for a log, and
// what is said once of many logs is written to each of them.
const (
	// maxLogs is how many logs a request may hold, maxItems how many items a list of
	// Datadog's: what is known of a log takes more memory than a short one does.
	maxLogs  = 250_000
	maxItems = 20_000
	// maxGrowth is how many times as large as a body may be what becomes of it.
	maxGrowth = 8
)

var (
	errTooMany = errors.New("the request holds too many logs: send smaller ones")
	errGrown   = errors.New("the logs of the request are too large together, with what is said of all of them: send smaller requests")
)

// batch takes the records of one request.
type batch struct {
	records []record.Record
	cut     int64 // records that were longer than they may be
	faults  int64 // logs that were refused, while others were taken
	size    int64
	most    int64  // bytes
	out     []byte // the entry under way
}

// put takes a record; one that says nothing is left out.
func (b *batch) put(r record.Record) error {
	if r.Text == "" {
		return nil
	}
	if len(b.records) == maxLogs {
		return errTooMany
	}
	if b.size += int64(len(r.Text)); b.size > b.most {
		return errGrown
	}
	b.records = append(b.records, r)
	return nil
}
