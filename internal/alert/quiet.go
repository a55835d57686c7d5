package alert

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/alert/journal"
	"github.com/sasumata/sasumata/internal/alert/quiet"
	"github.com/sasumata/sasumata/internal/signal"
)

// seen is a frame of the journal of the desk: what it looked at, or until when it told
// what was due. Replayed, they make the same desk.
type seen struct {
	Desk  *quiet.Desk  `json:"desk,omitempty"`
	Alert *quiet.Alert `json:"alert,omitempty"`
	Due   *time.Time   `json:"due,omitempty"`
	Mark  *mark        `json:"mark,omitempty"` // of the alert
}

// desk is a Desk that survives the program. Its methods may be called by several
// goroutines.
type desk struct {
	journal *journal.Journal

	mu sync.Mutex
	*quiet.Desk

	mark mark      // of the latest change of a signal that was taken in
	at   time.Time // until when what was due is being told; the zero time is never
}

// openDesk opens a desk in the folder.
func openDesk(dir string, perDay int, passing func(string)) (*desk, error) {
	d := &desk{Desk: quiet.NewDesk(perDay)}
	var err error
	d.journal, err = journal.Open(dir, "desk", func(frame []byte) error {
		var s seen
		if err := json.Unmarshal(frame, &s); err != nil {
			return fmt.Errorf("read the journal of the desk: %w", err)
		}
		if s.Mark != nil {
			d.mark = *s.Mark
		}
		switch {
		case s.Desk != nil:
			d.Desk = s.Desk
			d.Wake()
		case s.Alert != nil:
			d.Observe(*s.Alert)
		case s.Due != nil:
			d.Due(*s.Due)
		}
		return nil
	})
	d.PerDay = perDay
	if err == nil {
		d.journal.Passing = passing
	}
	return d, err
}

// observe takes an alert in; when it returns without an error, that is in the journal.
func (d *desk) observe(a quiet.Alert, m *mark) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.write(&seen{Alert: &a, Mark: m}); err != nil {
		return err
	}
	if m != nil {
		d.mark = *m
	}
	d.Observe(a)
	return nil
}

// marked reports whether a change of a signal is the latest that was taken in.
func (d *desk) marked(m mark) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mark == m
}

// due returns what is to be told now. The journal learns of it by flushed: after a crash
// in between it is told again, under the same name.
func (d *desk) due(now time.Time) []quiet.Group {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Ready(now) {
		d.at = now
	}
	return d.Due(now)
}

// flushed says that what due returned is kept elsewhere.
func (d *desk) flushed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at.IsZero() {
		return nil
	}
	err := d.write(&seen{Due: &d.at})
	d.at = time.Time{}
	return err
}

func (d *desk) write(s *seen) error {
	frame, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return d.journal.Append(frame)
}

// maintain puts the journal on the disk, and replaces it when it is long.
func (d *desk) maintain() error {
	if err := d.journal.Sync(); err != nil || d.journal.Length() < compactAt {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.journal.Compact(func() ([][]byte, error) {
		frame, err := json.Marshal(&seen{Desk: d.Desk, Mark: &d.mark})
		return [][]byte{frame}, err
	})
}

// flushDesk tells what is due at the desk.
func (m *Manager) flushDesk(ctx context.Context) error {
	groups := m.desk.due(m.now())
	for i := range groups {
		if err := m.tell(ctx, noticeOf(&groups[i]), nil); err != nil {
			return err
		}
	}
	return m.desk.flushed()
}

// noticeOf returns what people are told of a group.
func noticeOf(g *quiet.Group) Notice {
	n := Notice{Kind: KindGroup, Rule: "Unusual activity", Severity: max(g.Severity, signal.Low), Events: g.Alerts, Reason: g.Reason(), Began: g.At}
	if g.Digest {
		n.Kind, n.Rule, n.Severity = KindDigest, "Daily digest", signal.Info
		n.Title = fmt.Sprintf("Today's digest: %d alerts that were not told one by one", g.Alerts)
		n.TitleJA = fmt.Sprintf("日次ダイジェスト: 個別に通知しなかったアラート %d件", g.Alerts)
		n.Labels = []Label{{"day", g.At.UTC().Format(time.DateOnly)}}
	} else {
		kind, value, ok := strings.Cut(g.Entity, " ")
		if !ok {
			kind, value = signal.KindValue, g.Entity
		}
		n.Title = "Unusual activity: " + g.Entity
		n.TitleJA = "普段と異なる動き: " + g.Entity
		n.Labels = []Label{{kind, value}}
	}
	lines := make([]string, 0, len(g.Rules))
	for _, r := range g.Rules {
		lines = append(lines, fmt.Sprintf("%d × %s", r.Alerts, cmp.Or(r.Rule, "?")))
	}
	n.Message = strings.Join(lines[:min(len(lines), maxSummary)], "\n")
	return n
}
