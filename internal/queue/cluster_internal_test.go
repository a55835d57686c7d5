package queue

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// TestAway tells servers that do not answer, or not yet, from those that refuse for good.
func TestAway(t *testing.T) {
	f := func(code int, number jetstream.ErrorCode, text string, want bool) {
		t.Helper()
		err := away(&jetstream.APIError{Code: code, ErrorCode: number, Description: text})
		if errors.Is(err, ErrAway) != want {
			t.Errorf("%d %s: %v", number, text, err)
		}
	}
	f(400, noPeers, "no suitable peers for placement, peer offline", true)
	f(400, noPeers, "no suitable peers for placement, tags not matched ['eu']", false)
	f(503, 10008, "jetstream system temporarily unavailable", true)
	f(500, 10049, "error creating store for stream", true)
	f(400, 10058, "stream name already in use", false)
	if err := away(nil); err != nil {
		t.Error(err)
	}
}
