package respond

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// incidentPrefix is how names of incidents begin; one of a response that has no signal goes
// on with R and its number, others with the id of the signal: no two have the same.
const incidentPrefix = "INC-"

// maxIncident is how many responses an incident tells of, the newest.
const maxIncident = 200

// ErrNoIncident is an incident that is not there.
var ErrNoIncident = errors.New("there is no such incident")

// ErrNoEvidence is evidence that is not there.
var ErrNoEvidence = evidence.ErrMissing

// Incident is a signal with what was done about it and what was captured.
type Incident struct {
	ID string `json:"id"`
	// Signal is as the list of signals has it; nil for a response that nobody needed one for.
	Signal *triage.Signal `json:"signal,omitempty"`
	// Responses are what was done, the oldest first; More says that there were further ones.
	Responses []Detail `json:"responses"`
	More      bool     `json:"more_responses,omitempty"`
	// Evidence are the manifests of what was captured and is still there.
	Evidence []evidence.Manifest `json:"evidence"`
	// Timeline is all of it in the order of time.
	Timeline []Moment `json:"timeline"`
}

// Moment is what happened at one time.
type Moment struct {
	Time time.Time `json:"time"`
	Who  string    `json:"who"`
	What string    `json:"what"`
}

// IncidentOf returns the name of the incident that a response belongs to.
func IncidentOf(r *Record) string {
	if r.Signal != "" {
		return incidentPrefix + r.Signal
	}
	return incidentPrefix + "R" + strconv.FormatInt(r.ID, 10)
}

// Incident returns one, by its name; ErrNoIncident without it.
func (e *Engine) Incident(ctx context.Context, id string) (*Incident, error) {
	of, found := strings.CutPrefix(id, incidentPrefix)
	if !found || of == "" || len(of) > maxTarget {
		return nil, ErrNoIncident
	}
	i := &Incident{ID: id, Responses: []Detail{}, Evidence: []evidence.Manifest{}, Timeline: []Moment{}}
	if number, isOne := strings.CutPrefix(of, "R"); isOne {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, ErrNoIncident
		}
		d, err := e.Get(ctx, n)
		if errors.Is(err, ErrMissing) || err == nil && d.Signal != "" {
			return nil, ErrNoIncident
		}
		if err != nil {
			return nil, err
		}
		i.Responses = append(i.Responses, d)
		return i, i.fill(e)
	}
	if e.opts.Book == nil {
		return nil, ErrNoIncident
	}
	d, err := e.opts.Book.Get(ctx, of)
	if errors.Is(err, triage.ErrMissing) {
		return nil, ErrNoIncident
	}
	if err != nil {
		return nil, err
	}
	i.Signal = &d.Signal
	page, err := e.List(ctx, Filter{Signal: of, Limit: maxIncident})
	if err != nil {
		return nil, err
	}
	i.More = page.Next != ""
	for _, r := range slices.Backward(page.Responses) {
		one, err := e.Get(ctx, r.ID)
		if errors.Is(err, ErrMissing) {
			continue // it went meanwhile
		}
		if err != nil {
			return nil, err
		}
		i.Responses = append(i.Responses, one)
	}
	return i, i.fill(e)
}

// fill adds the evidence and the timeline.
func (i *Incident) fill(e *Engine) error {
	happened := func(at time.Time, who, what string) {
		i.Timeline = append(i.Timeline, Moment{at.UTC(), who, what})
	}
	if i.Signal != nil {
		var s struct {
			Title     string
			Severity  string
			FirstSeen time.Time `json:"first_seen"`
			LastSeen  time.Time `json:"last_seen"`
		}
		if err := json.Unmarshal(i.Signal.Document, &s); err == nil && !s.FirstSeen.IsZero() {
			happened(s.FirstSeen, "", "the first event of the signal: "+s.Title+" ("+s.Severity+")")
			happened(s.LastSeen, "", "the last event of the signal so far")
		}
		happened(i.Signal.Recorded, ownName, "the signal was written down")
	}
	for _, r := range i.Responses {
		for _, h := range r.History {
			happened(h.Time, h.Actor, fmt.Sprintf("response %d, %s of %s: %s, %s", r.ID, r.Action, r.Target, strings.TrimPrefix(h.Action, "response."), h.Outcome))
		}
		if r.Container == nil {
			continue
		}
		for _, s := range r.Container.Done {
			text := fmt.Sprintf("response %d, container %s: %s", r.ID, r.Container.Name, s.Step)
			if s.Error != "" {
				text += " failed: " + s.Error
			} else {
				text += fmt.Sprintf(" (%s) in %.1f ms", s.How, float64(s.Took)/1000)
			}
			happened(s.At, ownName, text)
		}
		if r.Container.Evidence == "" || e.opts.Evidence == nil {
			continue
		}
		m, _, err := e.opts.Evidence.Get(r.Container.Evidence)
		if errors.Is(err, evidence.ErrMissing) {
			happened(e.opts.Now(), ownName, "the evidence "+r.Container.Evidence+" is not there any more")
			continue
		}
		if err != nil {
			return err
		}
		i.Evidence = append(i.Evidence, *m)
	}
	slices.SortStableFunc(i.Timeline, func(a, b Moment) int { return a.Time.Compare(b.Time) })
	return nil
}

// ExportIncident writes an incident with its evidence as a tar archive, packed by gzip. That
// the actor got it is in the audit trail before.
func (e *Engine) ExportIncident(ctx context.Context, i *Incident, actor string, w io.Writer) error {
	if err := e.noteExport(ctx, "incident.export", i.ID, actor); err != nil {
		return err
	}
	zip := gzip.NewWriter(w)
	to := tar.NewWriter(zip)
	data, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, m := range i.Timeline {
		fmt.Fprintf(&lines, "%s %q %q\n", m.Time.Format(time.RFC3339Nano), m.Who, m.What) // texts of logs are among them
	}
	for name, text := range map[string][]byte{"incident.json": data, "timeline.txt": []byte(lines.String())} {
		if err := to.WriteHeader(&tar.Header{Name: i.ID + "/" + name, Mode: 0o600, Size: int64(len(text)), ModTime: e.opts.Now()}); err != nil {
			return err
		}
		if _, err := to.Write(text); err != nil {
			return err
		}
	}
	for k := range i.Evidence {
		if err := e.opts.Evidence.Pack(ctx, i.Evidence[k].ID, i.ID+"/evidence", to); err != nil {
			return err
		}
	}
	return errors.Join(to.Close(), zip.Close())
}

// EvidenceList is what was captured and is still there.
type EvidenceList struct {
	// Evidence are the manifests, the newest first, without their files.
	Evidence []evidence.Manifest `json:"evidence"`
	// Unreadable counts what cannot be read.
	Unreadable int `json:"unreadable"`
}

// ListEvidence returns what was captured.
func (e *Engine) ListEvidence() (EvidenceList, error) {
	if e.opts.Evidence == nil {
		return EvidenceList{Evidence: []evidence.Manifest{}}, nil
	}
	list, unreadable, err := e.opts.Evidence.List()
	for i := range list {
		list[i].Files = []evidence.File{}
	}
	return EvidenceList{list, unreadable}, err
}

// EvidenceOf returns a manifest; ErrNoEvidence without it.
func (e *Engine) EvidenceOf(id string) (*evidence.Manifest, error) {
	if e.opts.Evidence == nil {
		return nil, ErrNoEvidence
	}
	m, _, err := e.opts.Evidence.Get(id)
	return m, err
}

// VerifyEvidence compares evidence with its manifest, and that with the hash that the state
// database has of it.
func (e *Engine) VerifyEvidence(ctx context.Context, id string) (*evidence.Verdict, error) {
	if e.opts.Evidence == nil {
		return nil, ErrNoEvidence
	}
	v, err := e.opts.Evidence.Verify(ctx, id)
	if err != nil {
		return nil, err
	}
	m, err := e.EvidenceOf(id)
	if err != nil {
		return v, nil //nolint:nilerr // the verdict says so
	}
	did, err := e.held.memories.load(ctx, m.Response)
	if err != nil {
		return nil, err
	}
	if did != nil && did.Evidence == id && did.Manifest != v.Manifest {
		v.Wrong = append(v.Wrong, "the manifest is not the one that was written: the state database has the hash "+did.Manifest)
	}
	return v, nil
}

// ExportEvidence writes evidence as evidence.Store.Export does. That the actor got it is in
// the audit trail before.
func (e *Engine) ExportEvidence(ctx context.Context, id, actor string, w io.Writer) error {
	if _, err := e.EvidenceOf(id); err != nil {
		return err
	}
	if err := e.noteExport(ctx, "evidence.export", id, actor); err != nil {
		return err
	}
	return e.opts.Evidence.Export(ctx, id, w)
}

func (e *Engine) noteExport(ctx context.Context, what, id, actor string) error {
	return e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return audit.Add(ctx, tx, audit.Entry{Time: e.opts.Now(), Actor: actor, Action: what, Object: id, Outcome: "done"})
	})
}
