package alert

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/secret"
)

// beat calls the address of the heartbeat as long as all goes well, until the context is
// done. Somebody else notices when it stays away.
func (m *Manager) beat(ctx context.Context, h *Heartbeat) {
	client := &http.Client{Timeout: min(h.Every, dialTimeout)}
	tick := time.NewTicker(h.Every)
	defer tick.Stop()
	failed, last := false, time.Time{}
	for {
		err := m.beatOnce(ctx, client, h)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			m.counters.heartbeatErrors.Add(1)
			m.pulse.Store(&pulse{last: last, err: clip(Visible(err.Error()), maxText)})
			if !failed {
				m.log.ErrorContext(ctx, "the heartbeat could not be sent", "error", err)
			}
		} else {
			m.counters.heartbeats.Add(1)
			last = m.now()
			m.pulse.Store(&pulse{last: last})
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// beatOnce says that all goes well, if notices can be kept.
func (m *Manager) beatOnce(ctx context.Context, client *http.Client, h *Heartbeat) error {
	if err := m.outbox.journal.Sync(); err != nil {
		return err // a manager that cannot keep anything is not alive
	}
	address, err := secret.Read(h.URLFile)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("sasumata is alive\n"))
	if err != nil {
		return err
	}
	_, err = post(client, r)
	return err
}
