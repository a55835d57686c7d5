package api

import (
	"log/slog"
	"net/http"
)

// Notices is what is about telling people.
type Notices struct {
	// API is Alertmanager's API, version 2, below /api/v2.
	API http.Handler
	// State answers what was told and what was not, below /api/v1/notices.
	State http.Handler
	// Links serves /alert/ack: a link there is signed, and needs no token.
	Links http.Handler
	// Log is told of changes.
	Log *slog.Logger
}

// change serves what changes who is told, and says in the log who did it.
func (n *Notices) change(w http.ResponseWriter, r *http.Request) {
	n.Log.InfoContext(r.Context(), "notices are changed", "by", whoOf(r).Name, "method", r.Method, "path", r.URL.Path)
	n.API.ServeHTTP(w, r)
}

// look serves what shows who is told.
func (n *Notices) look(w http.ResponseWriter, r *http.Request) { n.API.ServeHTTP(w, r) }

// state serves what was told.
func (n *Notices) state(w http.ResponseWriter, r *http.Request) { n.State.ServeHTTP(w, r) }

// link serves what a notification links to.
func (n *Notices) link(w http.ResponseWriter, r *http.Request) { n.Links.ServeHTTP(w, r) }
