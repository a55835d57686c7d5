package app

import (
	"context"
	"errors"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/store"
)

// ImportOptions is a run that writes logs to a store.
type ImportOptions struct {
	Intake

	// Content decides what events mean.
	Content *Content
	// Inputs are the names of the logs, read one after the other.
	Inputs []string
	// Store takes the events.
	Store *store.Store
	// Warn gets sentences about input that was left out.
	Warn func(string)
}

// Imported says what an import read.
type Imported struct{ Lines, Bytes, Events, Truncated int64 }

// Import writes the events that Parse prints with Detect to the store. They are in it
// when it returns, all of them, or none when it breaks off. An input that cannot be
// read to its end is in the error; what could be read of it, and the others, are in
// the store all the same.
func Import(ctx context.Context, opts ImportOptions) (Imported, error) {
	in := inputs{ctx: ctx, intake: opts.Intake, names: opts.Inputs, warn: opts.Warn}
	p := opts.parser(opts.Content, true)
	w := opts.Store.Writer(store.WriterOptions{})
	var done Imported
	err := p.ordered(ctx, in.next, func(events []*event.Event) error {
		for _, e := range events {
			if err := w.Append(e); err != nil {
				return err
			}
			done.Events++
		}
		return nil
	})
	if err == nil {
		err = w.Commit(nil)
	}
	if err != nil {
		return Imported{}, errors.Join(err, w.Discard())
	}
	done.Lines, done.Bytes, done.Truncated = in.lines, in.bytes, in.truncated
	return done, in.failed()
}
