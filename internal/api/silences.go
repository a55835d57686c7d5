package api

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
)

// maxSilenceBody is the size in bytes of the largest silence that somebody asks for; the
// engine takes 64 KiB of it.
const maxSilenceBody = 256 << 10

// changeSilence serves what makes, changes and ends silences, and notes in the trail who
// did it: createdBy is what they say of themselves.
func (n *Notices) changeSilence(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSilenceBody))
	if err != nil {
		explain(w, http.StatusRequestEntityTooLarge, "the silence is too large, or breaks off")
		return
	}
	id := r.PathValue("id") // the engine's own routes write over it
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := &held{header: http.Header{}, code: http.StatusOK}
	n.change(answer, r)
	if answer.code/100 == 2 {
		action := "silence.expire"
		if r.Method == http.MethodPost {
			var was struct{ ID string }
			_ = json.Unmarshal(body, &was) // it was taken
			if action = "silence.make"; was.ID != "" {
				action = "silence.edit"
			}
			var made struct{ SilenceID string }
			_ = json.Unmarshal(answer.body.Bytes(), &made)
			id = made.SilenceID
		}
		detail := map[string]any{}
		if r.Method == http.MethodPost {
			detail["silence"] = json.RawMessage(body)
		}
		if err := n.audited(r, action, "silence/"+id, "done", detail); err != nil {
			n.fail(w, r, err)
			return
		}
	}
	answer.send(w)
}

// held is an answer that waits until it is known whether it may be given.
type held struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

var _ http.ResponseWriter = (*held)(nil)

// Header implements http.ResponseWriter.
func (h *held) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter.
func (h *held) WriteHeader(code int) { h.code = code }

// Write implements http.ResponseWriter.
func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }

// send gives the answer.
func (h *held) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), h.header)
	w.WriteHeader(h.code)
	_, _ = w.Write(h.body.Bytes()) // who asked may be gone
}
