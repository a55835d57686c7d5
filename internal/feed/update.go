package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// The bounds of one download.
const (
	// DefaultTimeout is how long it may take.
	DefaultTimeout = 2 * time.Minute
	// maxRedirects is how often a server may send us on.
	maxRedirects = 5
	// shrunk is the part of its former entries below which a list must be broken.
	shrunk = 10 // percent
	// smallList is the number of entries from which on shrinking is looked at: a list
	// of a few command and control servers may well be empty one day.
	smallList = 50
)

// Errors of updates.
var (
	ErrShrunk   = errors.New("the list lost more than 90 % of its entries")
	ErrCut      = errors.New("the list says that it has more than twice as many entries: it is cut off")
	ErrInsecure = errors.New("the server sent us to an address without TLS")
)

// Updater downloads lists into a folder. Its fields are set before its first use;
// it may be used by several goroutines, though not for one feed at a time.
type Updater struct {
	// Folder is where the lists go.
	Folder Folder
	// Client makes the connections; nil means a client of its own. Its redirects are
	// followed by Updater's rules.
	Client *http.Client
	// Now returns the time.
	Now func() time.Time
	// Agent names the program to the servers.
	Agent string
	// Force takes lists that shrank, and downloads lists that did not change.
	Force bool
	// MaxBytes bounds a list; 0 means threat.DefaultMaxBytes.
	MaxBytes int
	// Timeout bounds one download; 0 means DefaultTimeout.
	Timeout time.Duration
}

// Outcome is what an update did.
type Outcome uint8

// The outcomes.
const (
	Failed   Outcome = iota // the old list stays, if there is one
	Changed                 // there is a new list
	Same                    // the server says that the list did not change
	NotYet                  // it was fetched less than the feed's refresh ago
	Disabled                // the feed is off, or a file
)

// Result is what became of one feed.
type Result struct {
	Feed    *threat.Feed
	Outcome Outcome
	// Before and After are the numbers of entries.
	Before, After int
	// Err is set when it Failed.
	Err error
}

// Update downloads the list of a feed if it is due: when the last success is
// as old as the feed's refresh. The state beside the list notes a failure, too, unless
// the context is done.
func (u *Updater) Update(ctx context.Context, f *threat.Feed) Result {
	r := Result{Feed: f, Outcome: Disabled}
	if !f.Enabled || f.URL == "" {
		return r
	}
	now := u.Now()
	state := u.Folder.State(f)
	if state.URL != f.URL {
		state = State{URL: f.URL} // what is known of another list does not hold
	} else if _, missing := os.Stat(u.Folder.list(f)); missing != nil {
		state = State{URL: f.URL, Failures: state.Failures}
	}
	r.Before, r.After = state.Entries, state.Entries
	if since := now.Sub(state.Checked); !u.Force && since >= 0 && since < f.Refresh {
		r.Outcome = NotYet
		return r
	}
	if err := os.MkdirAll(string(u.Folder), 0o750); err != nil {
		r.Outcome, r.Err = Failed, fmt.Errorf("update %s: %w", f.ID, err)
		return r
	}
	data, next, err := u.fetch(ctx, f, state)
	var contents *threat.Contents
	if err == nil && data != nil {
		contents, err = u.accept(f, data, state)
	}
	if err != nil {
		r.Outcome, r.Err = Failed, fmt.Errorf("update %s: %w", f.ID, err)
		if ctx.Err() != nil {
			return r // whoever called it off, it was not the feed's fault
		}
		state.Failures++
		state.Error = err.Error()
		r.Err = errors.Join(r.Err, u.Folder.saveState(f, state))
		return r
	}
	next.URL, next.Checked = f.URL, now
	if data == nil {
		next.Entries, next.Bytes, next.Fetched = state.Entries, state.Bytes, state.Fetched
		r.Outcome = Same
	} else {
		next.Entries, next.Bytes, next.Fetched = contents.Report.Entries, int64(len(data)), now
		r.Outcome, r.After = Changed, next.Entries
		err = atomicfile.Write(u.Folder.list(f), listMode, data)
	}
	if err = errors.Join(err, u.Folder.saveState(f, next)); err != nil {
		r.Outcome, r.Err = Failed, fmt.Errorf("update %s: %w", f.ID, err)
	}
	return r
}

// fetch returns the list, or nil when it did not change, and what the server calls
// it.
func (u *Updater) fetch(ctx context.Context, f *threat.Feed, state State) ([]byte, State, error) {
	timeout := u.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, http.NoBody)
	if err != nil {
		return nil, State{}, err
	}
	req.Header.Set("User-Agent", u.Agent)
	req.Header.Set("Accept", "text/plain, text/csv, application/json, */*;q=0.1")
	if !u.Force {
		setUnlessEmpty(req.Header, "If-None-Match", state.ETag)
		setUnlessEmpty(req.Header, "If-Modified-Since", state.LastModified)
	}
	resp, err := u.client(f).Do(req)
	if err != nil {
		if wrong, ok := errors.AsType[*url.Error](err); ok {
			err = wrong.Err // the URL is known
		}
		return nil, State{}, legible(err)
	}
	defer resp.Body.Close()
	next := State{ETag: header(resp, "ETag"), LastModified: header(resp, "Last-Modified")}
	switch resp.StatusCode {
	case http.StatusNotModified:
		next.ETag, next.LastModified = state.ETag, state.LastModified
		return nil, next, nil
	case http.StatusOK:
	default:
		// Its own words for it are not carried on: they may be anything.
		return nil, State{}, fmt.Errorf("the server answers %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	most := u.MaxBytes
	if most <= 0 {
		most = threat.DefaultMaxBytes
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, int64(most)+1))
	if err != nil {
		return nil, State{}, err
	}
	if len(data) > most {
		return nil, State{}, fmt.Errorf("%w of %d bytes", threat.ErrTooLarge, most)
	}
	return data, next, nil
}

// legible returns the error, or its text alone if that could steer a terminal: some
// quote what a server says, such as the names in its certificate.
func legible(err error) error {
	text := err.Error()
	if !strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return err
	}
	text = strconv.Quote(text)
	return errors.New(text[1 : len(text)-1])
}

// client returns the client with our rules for redirects: few, and none that
// leaves TLS.
func (u *Updater) client(f *threat.Feed) *http.Client {
	client := http.Client{}
	if u.Client != nil {
		client = *u.Client
	}
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		if req.URL.Scheme != "https" && !f.Insecure {
			return ErrInsecure
		}
		return nil
	}
	return &client
}

// accept reads a download and refuses what cannot be right.
func (u *Updater) accept(f *threat.Feed, data []byte, state State) (*threat.Contents, error) {
	opts := options(f)
	opts.MaxBytes = u.MaxBytes
	c, err := threat.Read(bytes.NewReader(data), opts)
	if err != nil {
		return nil, err
	}
	if u.Force {
		return c, nil
	}
	if c.Incomplete() && c.Header.Entries > 2*c.Report.Entries {
		return nil, fmt.Errorf("%w: %d of %d; --force takes it", ErrCut, c.Report.Entries, c.Header.Entries)
	}
	if before, after := state.Entries, c.Report.Entries; before >= smallList && after*100 < before*shrunk {
		return nil, fmt.Errorf("%w: %d before, %d now; --force takes it", ErrShrunk, before, after)
	}
	return c, nil
}

func setUnlessEmpty(h http.Header, key, value string) {
	if value != "" {
		h.Set(key, value)
	}
}

// header returns a header that we are going to send back, unless it is absurdly
// long.
func header(resp *http.Response, key string) string {
	if value := resp.Header.Get(key); len(value) <= 512 {
		return value
	}
	return ""
}
