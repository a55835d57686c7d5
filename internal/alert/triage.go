package alert

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// seen is a frame of the journal of the desk: what it looked at, or until when it told
// what was due. Replayed, they make the same desk.
type seen struct {
	Desk  *Desk      `json:"desk,omitempty"`
	Alert *Alert     `json:"alert,omitempty"`
	Due   *time.Time `json:"due,omitempty"`
}

// desk is a Desk that survives the program. Its methods may be called by several
// goroutines.
type desk struct {
	journal *journal

	mu sync.Mutex
	*Desk

	at time.Time // until when what was due is being told; the zero time is never
}

// openDesk opens a desk in the folder.
func openDesk(dir string, perDay int) (*desk, error) {
	d := &desk{Desk: NewDesk(perDay)}
	var err error
	d.journal, err = openJournal(dir, "desk", func(frame []byte) error {
		var s seen
		if err := json.Unmarshal(frame, &s); err != nil {
			return fmt.Errorf("read the journal of the desk: %w", err)
		}
		switch {
		case s.Desk != nil:
			d.Desk = s.Desk
			d.wake()
		case s.Alert != nil:
			d.Observe(*s.Alert)
		case s.Due != nil:
			d.Due(*s.Due)
		}
		return nil
	})
	d.PerDay = perDay
	return d, err
}

// observe takes an alert in; when it returns without an error, that is in the journal.
func (d *desk) observe(a Alert) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.write(&seen{Alert: &a}); err != nil {
		return err
	}
	d.Observe(a)
	return nil
}

// due returns what is to be told now. The journal learns of it by flushed: after a crash
// in between it is told again, under the same name.
func (d *desk) due(now time.Time) []Group {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.next.IsZero() && !now.Before(d.next) {
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
	return d.journal.append(frame)
}

// maintain puts the journal on the disk, and replaces it when it is long.
func (d *desk) maintain() error {
	if err := d.journal.sync(); err != nil || d.journal.length() < compactAt {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.journal.compact(func() ([][]byte, error) {
		frame, err := json.Marshal(&seen{Desk: d.Desk})
		return [][]byte{frame}, err
	})
}

// flushDesk tells what is due at the desk.
func (m *Manager) flushDesk(ctx context.Context) error {
	groups := m.desk.due(m.now())
	for i := range groups {
		if err := m.put(ctx, groups[i].notice()); err != nil {
			return err
		}
	}
	return m.desk.flushed()
}

// notice returns what people are told of a group.
func (g *Group) notice() Notice {
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
