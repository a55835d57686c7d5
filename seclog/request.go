package seclog

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"
)

// request is what the context of a request knows of it.
type request struct {
	id, method, url, version, agent, referer string

	client netip.Addr
	user   atomic.Pointer[User]
}

// access is how a request ended.
type access struct {
	status        int
	read, written int64 // bytes of the bodies; read is -1 when the client did not say
	duration      time.Duration
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if ctx == nil {
		return nil
	}
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// RequestID returns the id of the request that the context belongs to, or "".
func RequestID(ctx context.Context) string {
	if r := requestOf(ctx); r != nil {
		return r.id
	}
	return ""
}

// Client returns the address of the client whose request the context belongs to, without
// a zone; it is not valid where there is no request, or no address.
func Client(ctx context.Context) netip.Addr {
	if r := requestOf(ctx); r != nil {
		return r.client
	}
	return netip.Addr{}
}

// SetUser says who makes the request that the context belongs to: the line about the
// request names the user, and so does each later event of the request that names none.
// Without a request it does nothing.
func SetUser(ctx context.Context, user User) {
	if r := requestOf(ctx); r != nil {
		r.user.Store(&user)
	}
}
