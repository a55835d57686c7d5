package alert

import (
	"encoding/json"
	"net/http"
	"time"
)

// maxShown is how many entries an answer about the state has.
const maxShown = 1_000

// State answers what somebody has still to be told, the oldest first
// (/api/v1/notices/undelivered), and what came of telling people, the latest first
// (/api/v1/notices/history), as JSON. It knows no authentication of its own.
func (m *Manager) State() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/notices/undelivered", func(w http.ResponseWriter, _ *http.Request) {
		type row struct {
			Target   string    `json:"target"`
			Title    string    `json:"title"`
			Severity string    `json:"severity"`
			ID       string    `json:"id,omitempty"`
			Began    time.Time `json:"began"`
			Attempts int       `json:"attempts"`
			Error    string    `json:"error,omitempty"`
		}
		all := m.Undelivered()
		rows := make([]row, 0, min(len(all), maxShown))
		for i := range all[:min(len(all), maxShown)] {
			u := &all[i]
			rows = append(rows, row{u.Target, u.Notice.Title, u.Notice.Severity.String(), u.Notice.ID, u.Notice.Began, u.Attempts, u.Error})
		}
		m.show(w, map[string]any{"undelivered": rows, "count": len(all)})
	})
	mux.HandleFunc("GET /api/v1/notices/history", func(w http.ResponseWriter, _ *http.Request) {
		all := m.History()
		m.show(w, map[string]any{"history": all[:min(len(all), maxShown)], "count": len(all)})
	})
	return mux
}

func (m *Manager) show(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		m.log.Debug("an answer could not be sent", "error", err) // who asked may be gone
	}
}
