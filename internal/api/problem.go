package api

import (
	"encoding/json"
	"net/http"

	"github.com/sasumata/sasumata/internal/search"
)

// problemDetails is an error in the form of RFC 9457.
type problemDetails struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// explain answers with what is wrong.
func explain(w http.ResponseWriter, code int, detail string) {
	header(w)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	_ = search.Write(w, problemDetails{"about:blank", http.StatusText(code), code, detail}) // who asked may be gone
}

// saidBy returns what is wrong by the body of an answer; "" when it does not say.
func saidBy(body []byte) string {
	var said struct{ Error, Detail string }
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	if said.Detail != "" {
		return said.Detail
	}
	return said.Error
}
