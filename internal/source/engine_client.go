package source

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// DefaultEngine is where Docker's engine listens.
	DefaultEngine = "unix:///var/run/docker.sock"
	// engineAnswer is how long the engine may take to begin an answer.
	engineAnswer = 30 * time.Second
	// maxEngineList is the size in bytes of the longest list of containers.
	maxEngineList = 64 << 20
	// maxEngineEvent is the size in bytes of the longest event.
	maxEngineEvent = 4 << 20
)

// errNoContainer says that there is no such container, any more.
var errNoContainer = errors.New("there is no such container")

// engineClient asks an engine. The library of its authors would bring in dozens of
// modules for these four questions.
type engineClient struct {
	base string
	http *http.Client
}

// EngineAddress reports what is wrong with the address of an engine.
func EngineAddress(address string) error {
	_, _, err := SplitEngine(address)
	return err
}

// KnockEngine reports why the engine at the address cannot be asked by this user.
func KnockEngine(ctx context.Context, address string) error {
	network, place, err := SplitEngine(address)
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, network, place)
	if err != nil {
		return err
	}
	return conn.Close()
}

// SplitEngine returns the network, unix or tcp, and the place in it of the address of an
// engine.
func SplitEngine(address string) (network, place string, err error) {
	scheme, place, ok := strings.Cut(address, "://")
	switch {
	case ok && scheme == "unix" && strings.HasPrefix(place, "/"):
		return "unix", place, nil
	case ok && scheme == "tcp":
		host, port, err := net.SplitHostPort(place)
		if n, portErr := strconv.ParseUint(port, 10, 16); err == nil && portErr == nil && host != "" && n > 0 {
			return "tcp", place, nil
		}
	}
	return "", "", fmt.Errorf("%q is no address of an engine, want the form %s or tcp://host:2376", address, DefaultEngine)
}

func newEngineClient(address string, secure *DialTLS) (*engineClient, error) {
	network, place, err := SplitEngine(address)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: engineAnswer}).DialContext(ctx, network, place)
		},
		ResponseHeaderTimeout: 0, TLSHandshakeTimeout: HandshakeTimeout, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, DisableCompression: true,
	}
	c := &engineClient{base: "http://docker", http: &http.Client{Transport: transport}}
	if network == "tcp" {
		c.base = "http://" + place
	}
	if secure != nil {
		if transport.TLSClientConfig, err = secure.Config(); err != nil {
			return nil, err
		}
		c.base = "https://" + place
	}
	return c, nil
}

// get asks; whoever got an answer closes it.
func (c *engineClient) get(ctx context.Context, path string, query url.Values) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	slow := time.AfterFunc(engineAnswer, cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		cancel()
		return nil, err
	}
	answer, err := c.http.Do(request)
	if !slow.Stop() && err == nil {
		err = errors.Join(errors.New("the engine does not answer"), answer.Body.Close())
	}
	if err != nil {
		cancel()
		return nil, err
	}
	body := &engineBody{answer.Body, cancel}
	if answer.StatusCode == http.StatusOK {
		return body, nil
	}
	text, _ := io.ReadAll(io.LimitReader(body, maxComplaint)) // it only says more
	_ = body.Close()                                          // nothing more is wanted of it
	var said struct{ Message string }
	if json.Unmarshal(text, &said) != nil {
		said.Message = string(text)
	}
	err = fmt.Errorf("the engine answers %d: %.500q", answer.StatusCode, said.Message)
	if answer.StatusCode == http.StatusNotFound {
		err = fmt.Errorf("%w: %w", errNoContainer, err)
	}
	return nil, &engineError{answer.StatusCode, err}
}

// engineError is an answer that is none.
type engineError struct {
	status int
	error
}

// Unwrap returns what it says.
func (e *engineError) Unwrap() error { return e.error }

type engineBody struct {
	io.ReadCloser

	cancel context.CancelFunc
}

// Close ends the answer.
func (b *engineBody) Close() error {
	b.cancel() // a stream would be read to its end first
	return b.ReadCloser.Close()
}

// ask reads an answer of JSON.
func (c *engineClient) ask(ctx context.Context, path string, query url.Values, most int64, into any) error {
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	body, err := c.get(ctx, path, query)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(body, most+1))
	if err = errors.Join(err, body.Close()); err != nil {
		return err
	}
	if int64(len(text)) > most {
		return fmt.Errorf("the engine's answer has more than %d bytes", most)
	}
	return json.Unmarshal(text, into)
}

// containers returns the ids of all containers.
func (c *engineClient) containers(ctx context.Context) ([]string, error) {
	var all []struct{ ID string }
	if err := c.ask(ctx, "/containers/json", url.Values{"all": {"1"}}, maxEngineList, &all); err != nil {
		return nil, fmt.Errorf("list the containers: %w", err)
	}
	ids := make([]string, 0, len(all))
	for _, one := range all {
		if !goodEngineID(one.ID) {
			return nil, fmt.Errorf("list the containers: %w: the id %.80q", errEngineStream, one.ID)
		}
		ids = append(ids, one.ID)
	}
	return ids, nil
}

// goodEngineID reports whether it can be the id of a container: it becomes part of a path.
func goodEngineID(id string) bool {
	return id != "" && len(id) <= 128 && strings.Trim(id, "0123456789abcdef") == ""
}

// engineContainer is what is read of the description of a container; there are secrets in
// it, too.
type engineContainer struct {
	dockerConfig

	State      struct{ Running, Restarting bool }
	HostConfig struct{ LogConfig struct{ Type string } }
}

// runs reports whether the container writes, or will soon.
func (d *engineContainer) runs() bool { return d.State.Running || d.State.Restarting }

func (c *engineClient) describe(ctx context.Context, id string) (*engineContainer, error) {
	d := &engineContainer{}
	if err := c.ask(ctx, "/containers/"+id+"/json", nil, maxDockerConfig, d); err != nil {
		return nil, fmt.Errorf("ask for the container: %w", err)
	}
	return d, nil
}

// logs returns what the container wrote since a time; it may go on with what it writes.
func (c *engineClient) logs(ctx context.Context, id string, since int64, follow bool) (io.ReadCloser, error) {
	query := url.Values{"stdout": {"1"}, "stderr": {"1"}, "timestamps": {"1"}}
	if follow {
		query.Set("follow", "1")
	}
	if since > 0 {
		query.Set("since", fmt.Sprintf("%d.%09d", since/1e9, since%1e9))
	}
	body, err := c.get(ctx, "/containers/"+id+"/logs", query)
	if err != nil {
		return nil, fmt.Errorf("ask for the container's output: %w", err)
	}
	return body, nil
}

// engineEvent is what happened to a container.
type engineEvent struct {
	Action string
	Actor  struct{ ID string }
}

// events calls happened for each event until the stream or the context ends; begun is
// called when nothing will be missed any more.
func (c *engineClient) events(ctx context.Context, begun func() error, happened func(engineEvent)) error {
	const filter = `{"type":["container"],"event":["start","rename","destroy"]}`
	body, err := c.get(ctx, "/events", url.Values{"filters": {filter}})
	if err != nil {
		return fmt.Errorf("follow the engine's events: %w", err)
	}
	defer func() { _ = body.Close() }() // nothing more is wanted of it
	if err := begun(); err != nil {
		return err
	}
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxEngineEvent)
	for lines.Scan() {
		var e engineEvent
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("follow the engine's events: %w", err)
		}
		if goodEngineID(e.Actor.ID) {
			happened(e)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("follow the engine's events: %w", err)
	}
	return errors.New("the engine ended its events")
}
