package alert

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/alert/quiet"
)

// maxSimulated is the length in bytes of the longest line that Simulate reads.
const maxSimulated = 1 << 20

// Simulate reads alerts, one JSON object a line in the order of their time, and writes the
// notices that a desk would have told, one JSON object a line. An alert has id, timestamp
// (milliseconds or RFC 3339), rule, host, network.client.ip, source and severity; one of
// at least the severity from which on each is told is a notice of its own. The error of a
// line that is none names it.
func Simulate(in io.Reader, out io.Writer, c *Config) error {
	s := simulation{desk: quiet.NewDesk(c.Quiet.PerDay), config: c, out: bufio.NewWriter(out), told: map[string]time.Time{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxSimulated)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		if err := s.line(lines.Bytes()); err != nil {
			return errors.Join(fmt.Errorf("line %d: %w", n, err), s.out.Flush())
		}
	}
	if err := lines.Err(); err != nil {
		return errors.Join(fmt.Errorf("read the alerts: %w", err), s.out.Flush())
	}
	// What is being gathered at the end would be told soon.
	if err := s.due(s.desk.Now.Add(quiet.Longest)); err != nil {
		return err
	}
	return s.out.Flush()
}

// simulation is a run over alerts of the past.
type simulation struct {
	desk   *quiet.Desk
	config *Config
	out    *bufio.Writer
	told   map[string]time.Time // what was told by itself
}

// simulated is an alert as it is read.
type simulated struct {
	ID        json.RawMessage `json:"id"`
	Timestamp json.RawMessage `json:"timestamp"`
	Rule      string          `json:"rule"`
	Host      string          `json:"host"`
	IP        string          `json:"network.client.ip"`
	Source    string          `json:"source"`
	Severity  string          `json:"severity"`
}

func (s *simulation) line(text []byte) error {
	var in simulated
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	at, err := simulatedTime(in.Timestamp)
	if err != nil {
		return err
	}
	severity, ok := ParseSeverity(cmp.Or(in.Severity, "info"))
	if !ok {
		return fmt.Errorf("severity %q, want info, low, medium, high or critical", in.Severity)
	}
	if err := s.due(at); err != nil {
		return err
	}
	one := quiet.Alert{ID: string(in.ID), At: at, Rule: in.Rule, Entity: cmp.Or(in.Host, in.IP, in.Source), Severity: severity}
	if in.Severity == "" || severity < s.config.Quiet.Severity {
		s.desk.Observe(one)
		return nil
	}
	key := severity.String() + "\x00" + one.Rule + "\x00" + one.Entity
	if last, ok := s.told[key]; ok && at.Sub(last) < s.config.Suppress {
		return nil
	}
	s.told[key] = at
	return s.write(&quiet.Group{At: at, Entity: one.Entity, Rules: []quiet.GroupRule{{Rule: one.Rule, Alerts: 1, First: []string{one.ID}}}, Alerts: 1, Severity: severity})
}

func simulatedTime(raw json.RawMessage) (time.Time, error) {
	var ms int64
	if json.Unmarshal(raw, &ms) == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	var t time.Time
	if err := json.Unmarshal(raw, &t); err != nil {
		return t, fmt.Errorf("timestamp %s wants milliseconds or RFC 3339", raw)
	}
	return t, nil
}

func (s *simulation) due(now time.Time) error {
	groups := s.desk.Due(now)
	for i := range groups {
		if err := s.write(&groups[i]); err != nil {
			return err
		}
	}
	return nil
}

// write writes a notice.
func (s *simulation) write(g *quiet.Group) error {
	type rule struct {
		Rule   string `json:"rule"`
		Alerts int64  `json:"alerts"`
	}
	kind := KindGroup
	if g.Digest {
		kind = KindDigest
	}
	ids := []json.RawMessage{}
	rules := make([]rule, 0, len(g.Rules))
	for _, r := range g.Rules {
		rules = append(rules, rule{r.Rule, r.Alerts})
		for _, id := range slices.Concat(r.First, r.Last) {
			ids = append(ids, json.RawMessage(id))
		}
	}
	text, err := json.Marshal(struct {
		Timestamp time.Time         `json:"timestamp"`
		Kind      Kind              `json:"kind"`
		Entity    string            `json:"entity,omitempty"`
		Severity  string            `json:"severity"`
		Reason    string            `json:"reason,omitempty"`
		Count     int64             `json:"count"`
		Rules     []rule            `json:"rules"`
		Alerts    []json.RawMessage `json:"alerts"`
	}{g.At, kind, g.Entity, g.Severity.String(), g.Reason(), g.Alerts, rules, ids})
	if err != nil {
		return err
	}
	_, err = s.out.Write(append(text, '\n'))
	return err
}
