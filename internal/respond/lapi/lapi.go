// Package lapi tells bouncers of CrowdSec which addresses are blocked, in the words of
// CrowdSec's local API: firewalls, web servers and proxies that know that API block for us.
package lapi

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/respond"
)

const (
	// fresh is how old the blocks may be that questions are answered from.
	fresh = time.Second
	// away is how far back one is told of blocks that ended of which nobody knows what it was
	// told before.
	away = 24 * time.Hour
	// maxBouncers is how many bouncers are remembered; the others get all each time. One takes
	// five megabytes with 50,000 blocks.
	maxBouncers = 50
	// maxAtATime is how many answers are made at a time.
	maxAtATime = 8
	// maxReport is the size in bytes of the largest report of a bouncer that is read.
	maxReport = 1 << 20
)

// Source knows the blocks.
type Source interface {
	// Decisions returns those that are active, Ended those that ended since then.
	Decisions(ctx context.Context) ([]respond.Decision, error)
	Ended(ctx context.Context, since time.Time) ([]respond.Decision, error)
}

// Handler answers bouncers. Who asks has been let in before. Any number of goroutines may
// use it; fields are set before.
type Handler struct {
	Source Source
	// Who returns the name of the bouncer that asks.
	Who func(*http.Request) string
	// Now is the clock, Log is told of failures.
	Now func() time.Time
	Log *slog.Logger

	// Pulls counts answers, Failed those that could not be given, Reports what bouncers said.
	Pulls, Failed, Reports atomic.Int64

	prepare sync.Once
	places  chan struct{}

	mu       sync.Mutex
	snapshot *snapshot
	bouncers map[string]*bouncer
}

// bouncer is what one was told.
type bouncer struct {
	last time.Time                  // when it asked
	told map[int64]respond.Decision // by id
}

// snapshot is the blocks of a moment.
type snapshot struct {
	at      time.Time
	list    []respond.Decision
	single  map[netip.Prefix]int // where addresses of IPv4 and 64 bits of IPv6 are
	several []int                // where other networks are
}

// decision is one in CrowdSec's form.
type decision struct {
	ID       int64  `json:"id"`
	Origin   string `json:"origin"`
	Type     string `json:"type"`
	Scope    string `json:"scope"`
	Value    string `json:"value"`
	Duration string `json:"duration"`
	Scenario string `json:"scenario"`
	Until    string `json:"until"`
}

// in returns the decision in CrowdSec's form. The origins are those that bouncers choose by
// default: crowdsec for what was detected, cscli for what a person wanted.
func in(d *respond.Decision, now time.Time) decision {
	one := decision{
		ID: d.ID, Origin: "crowdsec", Type: "ban", Scope: "Range", Value: d.Network.String(), Duration: d.Until.Sub(now).Truncate(time.Millisecond).String(),
		Scenario: cmp.Or(d.Rule, d.Policy, "manual"), Until: d.Until.UTC().Format(time.RFC3339),
	}
	if d.Policy == "" {
		one.Origin = "cscli"
	}
	if d.Network.IsSingleIP() {
		one.Scope, one.Value = "Ip", d.Network.Addr().String()
	}
	return one
}

// wanted is what a bouncer asks for.
type wanted struct {
	scopes, origins, containing, without []string
	kind                                 string
}

func wants(p url.Values) wanted {
	list := func(name string) []string {
		return strings.FieldsFunc(strings.ToLower(p.Get(name)), func(r rune) bool { return r == ',' || r == ' ' })
	}
	return wanted{list("scopes"), list("origins"), list("scenarios_containing"), list("scenarios_not_containing"), strings.ToLower(p.Get("type"))}
}

func (w *wanted) has(d *decision) bool {
	is := func(list []string, value string) bool {
		for _, one := range list {
			if strings.EqualFold(one, value) {
				return true
			}
		}
		return len(list) == 0
	}
	holds := func(list []string) bool {
		for _, one := range list {
			if strings.Contains(strings.ToLower(d.Scenario), one) {
				return true
			}
		}
		return false
	}
	return is(w.scopes, d.Scope) && is(w.origins, d.Origin) && (len(w.containing) == 0 || holds(w.containing)) && !holds(w.without) && (w.kind == "" || w.kind == d.Type)
}

// serve answers with what f returns, as many at a time as there are places.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, f func(context.Context) (any, error)) {
	h.prepare.Do(func() { h.places, h.bouncers = make(chan struct{}, maxAtATime), map[string]*bouncer{} })
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
	case <-r.Context().Done():
		return
	}
	out, err := f(r.Context())
	if err != nil {
		h.Failed.Add(1)
		h.Log.ErrorContext(r.Context(), "a bouncer could not be answered", "error", err)
		w.Header().Set("Retry-After", "5")
		say(w, http.StatusServiceUnavailable, map[string]string{"message": "the server cannot look at its blocks now"})
		return
	}
	h.Pulls.Add(1)
	say(w, http.StatusOK, out)
}

func say(w http.ResponseWriter, code int, out any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(out) // who asked may be gone
}

// Forbid answers a bouncer that nobody knows, as CrowdSec does.
func Forbid(w http.ResponseWriter) {
	say(w, http.StatusForbidden, map[string]string{"message": "access forbidden"})
}

// Stream serves /v1/decisions/stream: with startup=true all blocks, later what began and
// what ended since the bouncer asked before.
func (h *Handler) Stream(w http.ResponseWriter, r *http.Request) {
	p := r.URL.Query()
	h.serve(w, r, func(ctx context.Context) (any, error) {
		return h.stream(ctx, h.Who(r), p.Get("startup") == "true", wants(p))
	})
}

// changes is what a stream says.
type changes struct {
	New     []decision `json:"new"`
	Deleted []decision `json:"deleted"`
}

func (h *Handler) stream(ctx context.Context, who string, startup bool, want wanted) (changes, error) {
	now := h.Now()
	active, err := h.Source.Decisions(ctx)
	if err != nil {
		return changes{}, err
	}
	h.mu.Lock()
	before := h.bouncers[who]
	h.mu.Unlock()
	var gone []respond.Decision
	if startup || before == nil {
		// Its firewall may have what ended while it was away, or while this server was.
		if gone, err = h.Source.Ended(ctx, now.Add(-away)); err != nil {
			return changes{}, err
		}
		before = &bouncer{}
	}
	out := changes{New: []decision{}, Deleted: []decision{}}
	is, told := make(map[netip.Prefix]bool, len(active)), make(map[int64]respond.Decision, len(active))
	for i := range active {
		d := &active[i]
		is[d.Network], told[d.ID] = true, *d
		if known, ok := before.told[d.ID]; ok && known.Version == d.Version {
			continue
		}
		if one := in(d, now); want.has(&one) {
			out.New = append(out.New, one)
		}
	}
	for id, d := range before.told {
		if _, still := told[id]; !still {
			gone = append(gone, d)
		}
	}
	for i := range gone {
		if is[gone[i].Network] {
			continue // it is blocked again
		}
		one := in(&gone[i], now)
		one.Duration = min(gone[i].Until.Sub(now), -time.Millisecond).Truncate(time.Millisecond).String()
		if want.has(&one) {
			out.Deleted = append(out.Deleted, one)
		}
	}
	h.remember(who, &bouncer{now, told})
	return out, nil
}

// remember notes what a bouncer was told.
func (h *Handler) remember(who string, b *bouncer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bouncers[who] == nil && len(h.bouncers) >= maxBouncers {
		oldest := ""
		for name, one := range h.bouncers {
			if oldest == "" || one.last.Before(h.bouncers[oldest].last) {
				oldest = name
			}
		}
		delete(h.bouncers, oldest)
	}
	h.bouncers[who] = b
}

// Decisions serves /v1/decisions: whether an address or a network is blocked, for bouncers
// that ask each time. Without any block the answer is null, as CrowdSec's is.
func (h *Handler) Decisions(w http.ResponseWriter, r *http.Request) {
	p := r.URL.Query()
	h.serve(w, r, func(ctx context.Context) (any, error) {
		s, err := h.blocks(ctx)
		if err != nil {
			return nil, err
		}
		want, now := wants(p), h.Now()
		if scope := p.Get("scope"); scope != "" {
			want.scopes = []string{scope}
		}
		var out []decision
		for _, i := range s.find(cmp.Or(p.Get("ip"), p.Get("range"), p.Get("value"))) {
			if d := &s.list[i]; d.Until.After(now) {
				if one := in(d, now); want.has(&one) {
					out = append(out, one)
				}
			}
		}
		return out, nil
	})
}

// blocks returns those of now.
func (h *Handler) blocks(ctx context.Context) (*snapshot, error) {
	h.mu.Lock()
	s, now := h.snapshot, h.Now()
	h.mu.Unlock()
	if s != nil && now.Sub(s.at) < fresh && !now.Before(s.at) {
		return s, nil
	}
	list, err := h.Source.Decisions(ctx)
	if err != nil {
		return nil, err
	}
	s = &snapshot{at: now, list: list, single: make(map[netip.Prefix]int, len(list))}
	for i := range list {
		if p := list[i].Network; p.IsSingleIP() || p.Addr().Is6() && p.Bits() == 64 {
			s.single[p] = i
		} else {
			s.several = append(s.several, i)
		}
	}
	h.mu.Lock()
	h.snapshot = s
	h.mu.Unlock()
	return s, nil
}

// find returns where the blocks are that hold the address or network; an empty text finds
// all.
func (s *snapshot) find(text string) (places []int) {
	if text == "" {
		for i := range s.list {
			places = append(places, i)
		}
		return places
	}
	p, err := respond.ParseNetwork(text)
	if err != nil {
		return nil
	}
	own := p
	if p.Addr().Is6() && p.Bits() > 64 {
		own = netip.PrefixFrom(p.Addr(), 64).Masked()
	}
	if i, ok := s.single[own]; ok {
		places = append(places, i)
	}
	for _, i := range s.several {
		if n := s.list[i].Network; n.Bits() <= p.Bits() && n.Contains(p.Addr()) {
			places = append(places, i)
		}
	}
	return places
}

// Report serves /v1/usage-metrics: what bouncers say of themselves is counted.
func (h *Handler) Report(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxReport))
	h.Reports.Add(1)
	say(w, http.StatusCreated, map[string]string{"message": "thank you"})
}

// Beat serves /v1/heartbeat.
func (*Handler) Beat(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusOK, map[string]string{"message": "hello"})
}
