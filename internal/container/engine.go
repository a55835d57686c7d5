package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/sasumata/sasumata/internal/source"
)

const (
	// engineAnswer is how long one question to the engine may take.
	engineAnswer = 30 * time.Second
	// maxAnswer is the size in bytes of the longest answer: a container can have as many
	// files in its diff as it likes.
	maxAnswer = 32 << 20
	// maxEvent is how many bytes of events there may be without the end of a line.
	maxEvent = 4 << 20
	// maxID is the length of the longest name of a container or network.
	maxID = 256
)

// ErrNotFound says that there is no such container, network or image, any more.
var ErrNotFound = errors.New("the engine knows no such thing")

// ErrConflict says that the container is not in a state for what was asked: it is frozen
// already, say, or does not run.
var ErrConflict = errors.New("the engine cannot do that now")

// Engine asks one engine of containers. Its methods may be called at the same time; each
// takes at most half a minute, unless it says something else. A container is named by its id
// or its name. Errors say what was asked; they match ErrNotFound and ErrConflict.
type Engine struct {
	address string
	client  *client.Client
	idle    func()
}

// Open makes an engine ready to be asked, without asking anything: address and secure are as
// the source of Docker's logs has them, see source.EngineAddress. Close ends its connections.
func Open(address string, secure *source.DialTLS) (*Engine, error) {
	network, place, err := source.SplitEngine(address)
	if err != nil {
		return nil, err
	}
	base := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: engineAnswer}).DialContext(ctx, network, place)
		},
		TLSHandshakeTimeout: source.HandshakeTimeout, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, DisableCompression: true,
	}
	options := []client.Opt{client.WithHost(address), client.WithScheme("http")}
	if secure != nil {
		if base.TLSClientConfig, err = secure.Config(); err != nil {
			return nil, err
		}
		options = append(options, client.WithScheme("https"))
	}
	// The client of its own would read answers of any size.
	options = append(options, client.WithHTTPClient(&http.Client{Transport: &bounded{base}, CheckRedirect: client.CheckRedirect}))
	c, err := client.New(options...)
	if err != nil {
		return nil, fmt.Errorf("open the engine at %s: %w", address, err)
	}
	return &Engine{address: address, client: c, idle: base.CloseIdleConnections}, nil
}

// Address returns where the engine listens.
func (e *Engine) Address() string { return e.address }

// Remote reports whether the engine may be that of another machine: its processes and files
// are then not to be looked for here.
func (e *Engine) Remote() bool { return !strings.HasPrefix(e.address, "unix:") }

// Close ends the connections that nobody uses.
func (e *Engine) Close() { e.idle() }

// About asks the engine who it is.
func (e *Engine) About(ctx context.Context) (About, error) {
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	v, err := e.client.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return About{}, told("ask the engine for its version", err)
	}
	return About{Version: v.Version, API: v.APIVersion, OS: v.Os, Arch: v.Arch, Platform: v.Platform.Name}, nil
}

// List returns the containers, those that do not run too, by id.
func (e *Engine) List(ctx context.Context) ([]Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	r, err := e.client.ContainerList(ctx, client.ContainerListOptions{All: true})
	if err != nil {
		return nil, told("list the containers", err)
	}
	all := make([]Summary, 0, len(r.Items))
	for i := range r.Items {
		one := &r.Items[i]
		s := Summary{ID: one.ID, Image: one.Image, Status: string(one.State)}
		for _, name := range one.Names { // names with another slash are links of other containers
			if name = strings.TrimPrefix(name, "/"); !strings.Contains(name, "/") {
				s.Name = name
			}
		}
		if !IsID(s.ID) {
			return nil, fmt.Errorf("list the containers: the engine names one %.80q", s.ID)
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Summary) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// IsID reports whether it is a whole id of a container.
func IsID(id string) bool {
	return len(id) == 64 && strings.Trim(id, "0123456789abcdef") == ""
}

// named ends a question about something with an impossible name: it becomes part of a path.
func named(id string) error {
	if len(id) > maxID || !regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`).MatchString(id) {
		return fmt.Errorf("%w: %.80q cannot be a name", ErrNotFound, id)
	}
	return nil
}

// about asks about a container.
func about[T any](ctx context.Context, id, what string, ask func(ctx context.Context) (T, error)) (T, error) {
	return within(ctx, engineAnswer, id, what, ask)
}

// within asks about a container, for as long as it may take.
func within[T any](ctx context.Context, most time.Duration, id, what string, ask func(ctx context.Context) (T, error)) (T, error) {
	what += " " + id
	if err := named(id); err != nil {
		var none T
		return none, fmt.Errorf("%.300q: %w", what, err)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	answer, err := ask(ctx)
	return answer, told(what, err)
}

// told says what was asked, and which of our errors it is.
func told(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errdefs.ErrNotFound):
		return fmt.Errorf("%s: %w: %w", what, ErrNotFound, err)
	case errors.Is(err, errdefs.ErrConflict), errors.Is(err, errdefs.ErrNotModified):
		return fmt.Errorf("%s: %w: %w", what, ErrConflict, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// bounded cuts off answers that are too long. The output of a container, and an image,
// are bounded by who asks for them.
type bounded struct{ base http.RoundTripper }

// RoundTrip asks.
func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/logs"), strings.HasSuffix(path, "/images/get"):
	case strings.HasSuffix(path, "/events"):
		answer.Body = &boundedBody{ReadCloser: answer.Body, most: maxEvent, left: maxEvent, lines: true}
	default:
		answer.Body = &boundedBody{ReadCloser: answer.Body, most: maxAnswer, left: maxAnswer}
	}
	return answer, nil
}

type boundedBody struct {
	io.ReadCloser

	most, left int
	lines      bool // each line has the bound of its own
}

// Read reads up to the bound.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.lines && bytes.IndexByte(p[:n], '\n') >= 0 {
		b.left = b.most
	}
	if b.left -= n; b.left < 0 {
		return 0, fmt.Errorf("the engine's answer has more than %d bytes", b.most)
	}
	return n, err
}
