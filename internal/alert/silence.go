package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/api/v2/models"
	"github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/silence/silencepb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/sasumata/sasumata/internal/signal"
)

const (
	// maxSilences is how many silences there may be, maxSilenceBytes how large one.
	maxSilences     = 10_000
	maxSilenceBytes = 64 << 10
	// maxMatchers is how many matchers a silence may have.
	maxMatchers = 50
	// remindBefore is how long before its end somebody is reminded of a silence that
	// lasts at least remindFrom.
	remindBefore = time.Hour
	remindFrom   = 8 * time.Hour
)

// guard stands before the API: it refuses silences that would hold back everything or last
// for too long, in words that amtool shows, and bodies that are too large.
func (m *Manager) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxRouting)
		if r.Method == http.MethodPost && strings.HasSuffix(strings.TrimRight(r.URL.Path, "/"), "/api/v2/silences") {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				err = m.checkSilence(body)
			}
			if err != nil {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusBadRequest)
				text, _ := json.Marshal(err.Error()) // a text always is one
				_, _ = w.Write(append(text, '\n'))
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		next.ServeHTTP(w, r)
	})
}

var errWide = errors.New("the silence would hold back everything, or nearly: at least one matcher must name a rule, an address, a host, a user or another label with a value")

// checkSilence says what is wrong with a silence that somebody asks for.
func (m *Manager) checkSilence(body []byte) error {
	var s models.PostableSilence
	if err := json.Unmarshal(body, &s); err != nil {
		return fmt.Errorf("the silence cannot be read: %w", err)
	}
	if s.Comment == nil || strings.TrimSpace(*s.Comment) == "" {
		return errors.New("a silence wants a comment: why?")
	}
	if s.CreatedBy == nil || strings.TrimSpace(*s.CreatedBy) == "" {
		return errors.New("a silence wants somebody who made it")
	}
	if s.EndsAt == nil || s.StartsAt == nil {
		return errors.New("a silence wants a beginning and an end")
	}
	begin := time.Time(*s.StartsAt)
	if now := m.now(); now.After(begin) {
		begin = now
	}
	if length, most := time.Time(*s.EndsAt).Sub(begin), m.conf.Load().MaxSilence; length > most {
		return fmt.Errorf("a silence lasts at most %s (alert.max_silence)", most)
	}
	if len(s.Matchers) > maxMatchers {
		return fmt.Errorf("a silence has at most %d matchers", maxMatchers)
	}
	for _, one := range s.Matchers {
		matcher, err := parseMatcher(one)
		if err != nil {
			return err
		}
		if narrow(matcher) {
			return nil
		}
	}
	return errWide
}

func parseMatcher(one *models.Matcher) (*labels.Matcher, error) {
	if one == nil || one.Name == nil || one.Value == nil {
		return nil, errors.New("a matcher wants a name and a value")
	}
	equal, regex := one.IsEqual == nil || *one.IsEqual, one.IsRegex != nil && *one.IsRegex
	kind := labels.MatchEqual
	switch {
	case regex && equal:
		kind = labels.MatchRegexp
	case regex:
		kind = labels.MatchNotRegexp
	case !equal:
		kind = labels.MatchNotEqual
	}
	matcher, err := labels.NewMatcher(kind, *one.Name, *one.Value)
	if err != nil {
		return nil, fmt.Errorf("the matcher of %s: %w", *one.Name, err)
	}
	return matcher, nil
}

// narrow reports whether a matcher names something: neither everything nor everything but
// something, and not only a severity or a kind.
func narrow(m *labels.Matcher) bool {
	if m.Name == labelSeverity || m.Name == labelKind {
		return false
	}
	if m.Type != labels.MatchEqual && m.Type != labels.MatchRegexp || m.Matches("") {
		return false
	}
	// An expression that matches what nobody would name matches everything.
	return m.Type == labels.MatchEqual || !m.Matches("\u2603 192.0.2.77 zqxj") && !m.Matches("zqxj") && !m.Matches("7")
}

// snooze silences one notice.
func (m *Manager) snooze(ctx context.Context, key, by string, d time.Duration) error {
	set := map[string]string{}
	if err := json.Unmarshal([]byte(key), &set); err != nil {
		return fmt.Errorf("BUG: the key of a notice: %w", err)
	}
	s := &silencepb.Silence{
		CreatedBy: clip(Visible(by), maxLabel), Comment: "snoozed by a link", StartsAt: timestamppb.New(m.now()), EndsAt: timestamppb.New(m.now().Add(d)),
	}
	var matchers []*silencepb.Matcher
	for name, value := range set {
		matchers = append(matchers, &silencepb.Matcher{Type: silencepb.Matcher_EQUAL, Name: name, Pattern: value})
	}
	s.MatcherSets = []*silencepb.MatcherSet{{Matchers: matchers}}
	if err := m.engine.silences.Set(ctx, s); err != nil {
		return fmt.Errorf("silence it: %w", err)
	}
	return m.engine.maintain()
}

// remind tells of long silences that end soon.
func (m *Manager) remind(ctx context.Context) error {
	active, _, err := m.engine.silences.Query(ctx, silence.QState(silence.SilenceStateActive))
	if err != nil {
		return fmt.Errorf("look at the silences: %w", err)
	}
	now := m.now()
	var errs []error
	for _, s := range active {
		ends := s.EndsAt.AsTime()
		if ends.Sub(now) > remindBefore || ends.Sub(s.StartsAt.AsTime()) < remindFrom {
			continue
		}
		n := Notice{
			Kind: KindHealth, Rule: "Silence ends soon", Severity: signal.Low, Labels: []Label{{"silence", s.Id}},
			Title: "A silence of " + s.CreatedBy + " ends soon", TitleJA: s.CreatedBy + " のサイレンスがまもなく終了します",
			Reason: "it ends at " + ends.UTC().Format(time.RFC3339), Message: s.Comment, Began: ends.Add(-remindBefore),
		}
		m.mu.Lock()
		known := m.reminded[s.Id]
		m.reminded[s.Id] = true
		m.mu.Unlock()
		if !known {
			errs = append(errs, m.tell(ctx, n, nil))
		}
	}
	return errors.Join(errs...)
}
