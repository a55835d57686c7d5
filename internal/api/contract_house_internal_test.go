package api

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/passkey/passkeytest"
	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/respond/lapi"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/suppress"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/store"
	"github.com/sasumata/sasumata/internal/tail"
	"github.com/sasumata/sasumata/internal/view"
)

// contractHouse is a server with something of everything.
type contractHouse struct {
	*matrixHouse
	*contract

	url          string
	ready        error
	replay       error
	backup       error
	hub          *tail.Hub
	book         *triage.Book
	watched      *container.View
	suppressions *suppress.Book
	values       map[string]string // what earlier answers said, for {{name}} in requests
}

// doingMax is how many blocks the house has at a time.
const doingMax = 100

func newContractHouse(t *testing.T) *contractHouse {
	t.Helper()
	h := &contractHouse{matrixHouse: newMatrixHouse(t), contract: newContract(t), hub: &tail.Hub{}, values: map[string]string{}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	o := &Options{Gate: h.Gate, Intake: http.NotFoundHandler(), Log: log, Ready: func() error { return h.ready }, Metrics: func(w io.Writer) error { _, err := io.WriteString(w, "sasumata_up 1\n"); return err }}

	keep, err := store.Create(filepath.Join(t.TempDir(), "store"))
	must(err)
	t.Cleanup(func() { keep.Close() })
	w := keep.Writer(store.WriterOptions{})
	e := event.New()
	e.Time, e.Source, e.Status, e.Message, e.Tags = 1_700_000_000e9, "nginx", "error", "a line", []string{"env:prod"}
	e.Set("http.status_code", event.IntValue(500))
	must(w.Append(e))
	must(w.Commit(nil))
	o.Logs = &Logs{Store: keep, Fresh: func(context.Context) {}, Hub: h.hub, Now: time.Now, Log: log}
	t.Cleanup(h.hub.Close)

	box, err := dead.Open(t.TempDir(), 0)
	must(err)
	for i := range 3 {
		l := &dead.Letter{Head: dead.Head{Time: time.Unix(int64(i), 0), Stage: dead.Parse, Error: "why", Queue: "q", Batch: 7}, Records: []dead.Record{{Text: fmt.Sprint("line ", i), Source: "nginx", Tags: []string{"a"}}, {Raw: []byte{0xff}}}}
		must(box.Add(l))
		h.values[fmt.Sprint("letter", i)] = l.ID
	}
	o.Backups = &Backups{Log: slog.New(slog.DiscardHandler), Make: func(_ context.Context, _ string, secrets bool, w io.Writer) error {
		if h.backup != nil {
			return h.backup
		}
		_, err := io.WriteString(w, "an archive, secrets: "+strconv.FormatBool(secrets))
		return err
	}}
	o.Dead = &Dead{Box: box, Drop: func(_ context.Context, id string) error { return box.Drop(id) }, Replay: func(_ context.Context, id string) error {
		if h.replay != nil {
			return h.replay
		}
		return box.Drop(id)
	}}

	book, err := triage.NewBook(t.Context(), h.db, time.Now)
	must(err)
	must(book.Observe(t.Context(), []*signal.Signal{
		{
			ID: "aaa", RuleID: "brute_force", Rule: "Brute force", RuleJA: "x", Case: "case", Condition: "a > 1", Title: "T\x1b", Severity: signal.High, Tags: []string{"tactic:TA0006", "a"}, Time: 1e9, FirstSeen: 1e9, LastSeen: 2e9, Closed: 3e9,
			Events: 5, Entities: []signal.Entity{{Kind: signal.KindIP, Value: "203.0.113.7", Events: 5}}, Unlisted: []signal.Unlisted{{Kind: "user", Events: 2}}, Group: []signal.GroupValue{{Path: "network.client.ip", Value: "203.0.113.7"}},
			Queries: []signal.QueryCount{{Name: "a", Count: 2}}, Unusual: []signal.Unusual{{Feature: "f", Value: 1, Low: 0, High: 1}}, Notify: []string{"mail"}, Actions: []signal.Action{{Type: "block", Duration: int64(time.Hour), Name: "n"}},
			Samples: []signal.Sample{{Time: 1e9, Line: 1, Text: "line"}}, Message: "m", MessageJA: "m", Runbook: "r",
		},
		{ID: "bbb", RuleID: "other", Rule: "Other", Severity: signal.Info, Time: 2e9, LastSeen: 2e9, Events: 1},
	}))
	choose := func(q *query.Query) suppress.Chosen {
		c := suppress.Chosen{Of: 2}
		for _, id := range []string{"brute_force", "other"} {
			e := event.New()
			if e.Set("ruleId", event.StringValue(id)); q.Match(e) {
				c.IDs = append(c.IDs, id)
			}
		}
		return c
	}
	h.book, h.suppressions = book, suppress.NewBook(h.db, book, choose, time.Now)
	o.Signals = &Signals{Book: book, Suppressions: h.suppressions, Trail: func(ctx context.Context, want audit.Filter) (list []audit.Entry, err error) {
		err = h.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
			list, err = audit.List(ctx, tx, want)
			return err
		})
		return list, err
	}}

	conf := alert.Default()
	conf.Dir, conf.URL = t.TempDir(), "https://sasumata.example.com"
	conf.Receivers = []alert.Receiver{{Name: "console", Console: &alert.Console{}}, {Name: "broken", File: &alert.File{Path: filepath.Join(t.TempDir(), "none", "file")}}}
	conf.OnCall = []alert.Rota{{Name: "night", From: "2026-01-05T09:00:00+09:00", Every: time.Hour, People: []string{"broken"}}}
	conf.Escalation = []alert.Step{{Severity: []string{"critical"}, After: time.Hour, Receiver: "night"}}
	if faults := conf.Check(document.Pos{}); len(faults) > 0 {
		t.Fatal(faults)
	}
	conf.Receivers = append(conf.Receivers, alert.Receiver{Name: "empty"})
	manager, err := alert.New(t.Context(), alert.Options{Config: conf, Book: book, Console: io.Discard, Now: time.Now, Log: log})
	must(err)
	t.Cleanup(func() { must(manager.Close()) })
	must(manager.Put(t.Context(), alert.Notice{Rule: "r", RuleID: "r", Severity: signal.High, Title: "t", ID: "aaa", Began: time.Unix(1, 0)}, alert.Notice{Rule: "other", Severity: signal.High, Title: "u", ID: "bbb"}))
	within(t, "somebody who is told", func() bool { return len(manager.History()) >= 2 })
	o.Notices = &Notices{API: manager.API(), Told: manager, Teller: manager, Now: time.Now, Links: manager.Links(), Log: log, Note: func(ctx context.Context, e audit.Entry) error {
		return h.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error { return audit.Add(ctx, tx, e) })
	}}

	doing := respond.Default()
	doing.Mode, doing.Block.By, doing.Block.Max = "active", []string{"bouncers"}, doingMax
	doing.Policies = []respond.Policy{{Name: "ask", Query: "*", Severity: []string{"high"}, Action: respond.Block, Approval: true}}
	if faults := doing.Check(document.Pos{}); len(faults) > 0 {
		t.Fatal(faults)
	}
	kept, err := evidence.Open(evidence.Options{Folder: filepath.Join(t.TempDir(), "evidence"), Now: time.Now})
	must(err)
	_, _, err = kept.Capture(t.Context(), evidence.Case{ID: "EV-1", By: "eve"}, &evidence.Subject{
		ID: strings.Repeat("0", 64), Name: "web", Image: "shop", Inspect: []byte("{}"),
		Changes: func(context.Context) ([]evidence.Change, error) { return nil, nil },
		Logs:    func(context.Context, int64, io.Writer, io.Writer) (bool, error) { return false, nil },
	}, evidence.Limits{MinFree: 1})
	must(err)
	followed, err := triage.NewBook(t.Context(), h.db, time.Now, respond.Follower)
	must(err)
	engine, err := respond.New(t.Context(), respond.Options{
		Config: doing, DB: h.db, Book: followed, Now: time.Now, Log: log, Tick: 5 * time.Millisecond, Host: func() ([]respond.Never, error) { return nil, nil },
		Containers: func() respond.Containers { return stillContainer{} }, Evidence: kept,
	})
	must(err)
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(running) }()
	t.Cleanup(func() { stop(); must(<-ended) })
	must(followed.Observe(t.Context(), []*signal.Signal{{ID: "ccc", RuleID: "r", Rule: "R", Severity: signal.High, Time: 2e9, LastSeen: 2e9, Events: 1, Entities: []signal.Entity{{Kind: signal.KindIP, Value: "203.0.113.99", Events: 5}}}}))
	o.Responses = &Responses{Engine: engine, Bouncers: &lapi.Handler{Source: engine, Who: WhoAsks, Now: time.Now, Log: log}}

	h.watched = &container.View{
		Address: "unix:///run/docker.sock", About: container.About{Version: "20.10", API: "1.41"}, Connected: true, Since: time.Unix(1, 0), Blind: []string{"refused_writes"},
		Containers: []container.Watched{{
			Container: container.Container{
				ID: strings.Repeat("ab", 32), Name: "web", Image: "shop/web:1", Project: "shop", Service: "web", Path: "/bin/web", Args: []string{"-v"}, User: "1000",
				State:  container.State{Status: "running", Pid: 7, Health: "healthy", Started: time.Unix(1, 0)},
				Config: container.Config{CapAdd: []string{"CAP_CHOWN"}, NetworkMode: "shop_default", PidMode: "host"}, RestartPolicy: "always",
				Mounts:   []container.Mount{{Type: "bind", Source: "/srv", Destination: "/data"}},
				Networks: []container.Network{{Name: "shop_default", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.7")}}},
			},
			Sampled: true, Now: container.Sample{At: time.Unix(2, 0), CPU: 12.34, CPUOfLimit: 5, Cores: 2, MemoryLimit: 100, MemoryOfLimit: 50, Memory: 50, PidsLimit: 9, Connections: 3, Disk: 40},
			Powers: []string{"privileged"}, Written: []string{"/tmp/x"}, WrittenCount: 1,
		}, {Container: container.Container{ID: strings.Repeat("cd", 32), Name: "db", State: container.State{Status: "exited"}}, Problem: "why"}},
	}
	o.Containers = &Containers{
		View: func() (*container.View, string) { return h.watched, "there is none" },
		Find: func(id string) (container.Watched, []container.Point, bool) {
			for _, one := range h.watched.Containers {
				if one.Container.Name == id {
					return one, []container.Point{{At: 1, CPU: -1, Connections: -1}, {At: 2, CPU: 12.34, Memory: 50, Connections: 3}}, true
				}
			}
			return container.Watched{}, nil, false
		},
	}
	o.Rules = bench{}
	o.Posture = &Posture{asset.NewBook(h.db, time.Now, func([]signal.Finding) {})}
	o.Views = view.NewBook(h.db, time.Now)
	turn := 0
	o.Welcome = &Welcome{
		Look: func(context.Context) (Beginning, error) {
			return Beginning{
				WelcomeState: WelcomeState{State: WelcomeOpen}, User: "ann", Unit: "sasumata.service",
				Sources: []SourceState{{Name: "file /var/log/auth.log", Kind: "file", Records: 1, Last: time.Unix(1, 0)}},
				Lacking: []LackingSource{{Kind: "file", Name: "/var/log/nginx", Why: LackingPermission, Fix: "sudo usermod -aG adm ann"}},
				Listens: []ListeningAt{{Kind: "http", Address: "127.0.0.1:8480"}},
			}, nil
		},
		State: func(context.Context) (WelcomeState, error) { return WelcomeState{State: WelcomeOpen}, nil },
		Change: func(_ context.Context, by access.Actor, state string) (WelcomeState, error) {
			return WelcomeState{State: state, At: time.Unix(1, 0), By: by.Name}, nil
		},
		Try: func(context.Context, access.Actor) (Trial, error) {
			if turn++; turn > 1 {
				return Trial{}, &TooSoonError{After: time.Second}
			}
			return Trial{Address: "203.0.113.7", Query: "@entity.ip:203.0.113.7", Lines: 7, At: time.Unix(1, 0)}, nil
		},
	}
	o.Pages = &Pages{Files: fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}, Runbook: func(name string, japanese bool) string {
		if name != "web/flood" || japanese {
			return ""
		}
		return "# Flood\n"
	}}

	s := httptest.NewServer(Handler(*o))
	t.Cleanup(s.Close)
	h.url = s.URL
	return h
}

// ask sends a request for the one of that name. Of a stream it reads the first line.
func (h *contractHouse) ask(t *testing.T, who, method, path, body string) *exchange {
	t.Helper()
	for name, value := range h.values {
		path, body = strings.ReplaceAll(path, "{{"+name+"}}", value), strings.ReplaceAll(body, "{{"+name+"}}", value)
	}
	at := slices.IndexFunc(h.all, func(s somebody) bool { return s.name == who })
	if at < 0 {
		t.Fatalf("%q is nobody", who)
	}
	h.patience = auth.Patience{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, h.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" && body != "text" {
		r.Header.Set("Content-Type", "application/json")
	}
	if h.all[at].bearer != "" {
		r.Header.Set("Authorization", "Bearer "+h.all[at].bearer)
	}
	if h.all[at].cookie != "" {
		r.AddCookie(&http.Cookie{Name: "sasumata", Value: h.all[at].cookie})
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	x := &exchange{method: method, path: path, body: body, code: resp.StatusCode, header: resp.Header}
	if x.kind, _, err = mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil {
		t.Errorf("%s %s: Content-Type %q: %v", method, path, resp.Header.Get("Content-Type"), err)
	}
	if x.kind == "application/x-ndjson" || x.kind == "text/event-stream" {
		x.answer, err = bufio.NewReader(resp.Body).ReadBytes('\n')
	} else {
		x.answer, err = io.ReadAll(resp.Body)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	var said map[string]any
	if json.Unmarshal(x.answer, &said) == nil {
		for _, name := range []string{"next", "id", "secret"} {
			if text, ok := said[name].(string); ok {
				h.values[name] = text
			}
		}
	}
	for _, c := range resp.Cookies() {
		h.all[at].cookie = c.Value
	}
	return x
}

// totpCode returns the code that an authenticator shows, some steps from now.
func totpCode(secret string, steps int64) string {
	key, _ := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, time.Now().Unix()/30+steps)
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&0xf:])&0x7fffffff%1_000_000)
}

// stillContainer is an engine with one container that does not run.
type stillContainer struct{ respond.Containers }

func (stillContainer) Inspect(_ context.Context, name string) (*container.Container, error) {
	if name == "nobody" {
		return nil, container.ErrNotFound
	}
	return &container.Container{ID: strings.Repeat("0", 64), Name: "web", Image: "shop", State: container.State{Status: "exited"}}, nil
}

// responses asks for all that is about responses.
func (*contractHouse) responses(t *testing.T, f func(who, method, path, body string, code int) *exchange) {
	t.Helper()
	large := `{"reason":"` + strings.Repeat("x", maxEdit) + `"}`
	for end := time.Now().Add(time.Minute); !strings.Contains(string(f("viewer", "GET", "/api/v1/responses?state=waiting_approval&signal=ccc", "", 200).answer), "203.0.113.99"); {
		if time.Now().After(end) {
			t.Fatal("nobody is asked")
		}
	}
	f("responder", "POST", "/api/v1/responses/1/approve", `{"reason":"yes","version":99}`, 409)
	f("responder", "POST", "/api/v1/responses/1/refuse", `{"reason":"no"}`, 200)
	f("responder", "POST", "/api/v1/responses", `{"target":"2001:db8::1","reason":"by hand","for":"2d","signal":"ccc"}`, 200)
	f("responder", "POST", "/api/v1/responses", `{"target":"203.0.113.8","reason":"try","dry_run":true}`, 200)
	f("responder", "POST", "/api/v1/responses", `{"target":"127.0.0.1","reason":"x"}`, 409)
	f("responder", "POST", "/api/v1/responses", `{"target":"nobody","reason":"x"}`, 400)
	f("responder", "POST", "/api/v1/responses", `{"target":"203.0.113.8","reason":"x","for":"99y"}`, 400)
	f("responder", "POST", "/api/v1/responses", large, 413)
	f("responder", "POST", "/api/v1/responses", "text", 415)
	f("viewer", "GET", "/api/v1/responses/check?target=203.0.113.8", "", 200)
	f("viewer", "GET", "/api/v1/responses/check?target=::1", "", 200)
	f("viewer", "GET", "/api/v1/responses/check?target=x", "", 400)
	f("viewer", "GET", "/api/v1/responses?state=open&limit=1&action=block", "", 200)
	f("viewer", "GET", "/api/v1/responses?cursor={{next}}&target=2001:db8::9", "", 200)
	f("viewer", "GET", "/api/v1/responses?cursor=x", "", 400)
	f("viewer", "GET", "/api/v1/responses?state=x", "", 400)
	f("viewer", "GET", "/api/v1/responses/summary", "", 200)
	f("viewer", "GET", "/api/v1/responses/summary?x=y", "", 400)
	f("viewer", "GET", "/api/v1/responses/2", "", 200)
	f("viewer", "GET", "/api/v1/responses/2?x=y", "", 400)
	f("viewer", "GET", "/api/v1/responses/99", "", 404)
	f("responder", "POST", "/api/v1/responses/3/approve", `{}`, 200) // it was a dry run
	for what, id := range map[string]string{"undo": "2", "approve": "1", "refuse": "1"} {
		f("responder", "POST", "/api/v1/responses/99/"+what, `{}`, 404)
		f("responder", "POST", "/api/v1/responses/"+id+"/"+what, large, 413)
		f("responder", "POST", "/api/v1/responses/"+id+"/"+what, "text", 415)
		f("responder", "POST", "/api/v1/responses/"+id+"/"+what, `{"version":99}`, 409)
	}
	f("responder", "POST", "/api/v1/responses/1/approve", `{}`, 400)
	f("responder", "POST", "/api/v1/responses/1/refuse", `{}`, 400)
	f("responder", "POST", "/api/v1/responses/2/undo", `{"reason":"a mistake"}`, 200)
	f("responder", "POST", "/api/v1/responses/1/undo", `{}`, 400)
	f("responder", "POST", "/api/v1/responses", `{"action":"freeze","target":"web","reason":"by hand","signal":"ccc"}`, 200)
	f("responder", "POST", "/api/v1/responses", `{"action":"freeze","target":"nobody","reason":"by hand"}`, 400)
	f("responder", "POST", "/api/v1/responses", `{"action":"kill","target":"web","reason":"by hand","process":1}`, 400)
	f("viewer", "GET", "/api/v1/responses/check?action=freeze&target=web", "", 200)
	for end := time.Now().Add(time.Minute); !strings.Contains(string(f("viewer", "GET", "/api/v1/responses/4", "", 200).answer), "it does not run"); {
		if time.Now().After(end) {
			t.Fatal("nothing is done to the container")
		}
	}
	f("viewer", "GET", "/api/v1/incidents/INC-ccc", "", 200)
	f("viewer", "GET", "/api/v1/incidents/INC-ccc?x=y", "", 400)
	f("viewer", "GET", "/api/v1/incidents/INC-nobody", "", 404)
	f("responder", "GET", "/api/v1/incidents/INC-ccc/archive", "", 200)
	f("responder", "GET", "/api/v1/incidents/INC-ccc/archive?x=y", "", 400)
	f("responder", "GET", "/api/v1/incidents/x/archive", "", 404)
	f("viewer", "GET", "/api/v1/evidence", "", 200)
	f("viewer", "GET", "/api/v1/evidence?x=y", "", 400)
	f("viewer", "GET", "/api/v1/evidence/EV-1", "", 200)
	f("viewer", "GET", "/api/v1/evidence/EV-1?x=y", "", 400)
	f("viewer", "GET", "/api/v1/evidence/EV-2", "", 404)
	for _, what := range []string{"archive", "verify"} {
		f("responder", "GET", "/api/v1/evidence/EV-1/"+what, "", 200)
		f("responder", "GET", "/api/v1/evidence/EV-1/"+what+"?x=y", "", 400)
		f("responder", "GET", "/api/v1/evidence/EV-2/"+what, "", 404)
	}
	const list = `"reason":"a list","for":"2d","entries":[{"target":"203.0.113.40"},{"target":"203.0.113.41","until":"2099-01-01T00:00:00Z","reason":"x"},{"target":"10.0.0.1"}]`
	f("responder", "POST", "/api/v1/responses/import", `{"preview":true,`+list+`}`, 200)
	f("responder", "POST", "/api/v1/responses/import", `{"dry_run":true,`+list+`}`, 200)
	f("responder", "POST", "/api/v1/responses/import", `{`+list+`}`, 200)
	var many strings.Builder // more than responses.block.max
	for i := range doingMax + 1 {
		fmt.Fprintf(&many, `{"target":"45.%d.%d.%d"},`, i>>16, i>>8&255, i&255)
	}
	f("responder", "POST", "/api/v1/responses/import", `{"reason":"x","entries":[`+strings.TrimSuffix(many.String(), ",")+`]}`, 409)
	f("responder", "POST", "/api/v1/responses/import", `{"reason":"x","entries":[]}`, 400)
	f("responder", "POST", "/api/v1/responses/import", `{"reason":"`+strings.Repeat("x", maxBlocklist)+`"}`, 413)
	f("responder", "POST", "/api/v1/responses/import", "text", 415)
	f("responder", "POST", "/api/v1/responses/undo", `{"reason":"a list","why":"it was a mistake","preview":true}`, 200)
	f("responder", "POST", "/api/v1/responses/undo", `{"action":"block","policy":"p","by":"eve","within":"203.0.113.0/24","signal":"ccc","why":"x"}`, 200)
	f("responder", "POST", "/api/v1/responses/undo", `{"why":"x"}`, 400)
	f("responder", "POST", "/api/v1/responses/undo", large, 413)
	f("responder", "POST", "/api/v1/responses/undo", "text", 415)
}

// passkeys asks for all that is about passkeys, with one of the analyst.
func (h *contractHouse) passkeys(t *testing.T, f func(who, method, path, body string, code int) *exchange) {
	t.Helper()
	h.URL = "http://localhost:8480"
	d := &passkeytest.Device{Origin: h.URL}
	answer := func(do func([]byte) ([]byte, error), asked *exchange, name string) string {
		t.Helper()
		var q access.Question
		if err := json.Unmarshal(asked.answer, &q); err != nil {
			t.Fatal(err)
		}
		said, err := do(q.Options)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(answered{q.Ticket, name, said})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const password = `{"password":"` + goodPassword + `"}`
	f("analyst", "POST", "/api/v1/me/passkeys/options", `{"password":"wrong"}`, 403)
	made := answer(d.Create, f("analyst", "POST", "/api/v1/me/passkeys/options", password, 200), "phone")
	f("analyst", "POST", "/api/v1/me/passkeys", strings.Replace(made, `"name":"phone"`, `"name":"`+strings.Repeat("x", 101)+`"`, 1), 400)
	f("analyst", "POST", "/api/v1/me/passkeys", made, 200)
	f("analyst", "POST", "/api/v1/me/passkeys", made, 403)
	f("analyst", "GET", "/api/v1/me/passkeys", "", 200)
	f("nobody", "POST", "/api/v1/login/passkey/options", `{"ticket":"x"}`, 403)
	got := answer(d.Get, f("nobody", "POST", "/api/v1/login/passkey/options", "{}", 200), "")
	f("nobody", "POST", "/api/v1/login/passkey", strings.Replace(got, `"signature":"`, `"signature":"AA`, 1), 401)
	f("analyst", "POST", "/api/v1/login/passkey", got, 200)
	f("nobody", "POST", "/api/v1/login/passkey", got, 403)
	f("analyst", "POST", "/api/v1/me/passkeys/{{id}}/remove", `{"password":"wrong"}`, 403)
	f("analyst", "POST", "/api/v1/me/passkeys/none/remove", password, 404)
	f("admin", "GET", "/api/v1/users/the-analyst/passkeys", "", 200)
	f("admin", "GET", "/api/v1/users/none/passkeys", "", 404)
	f("analyst", "POST", "/api/v1/me/passkeys/{{id}}/remove", password, 200)
	f("admin", "DELETE", "/api/v1/users/the-analyst/passkeys/none", "", 404)
	made = answer(d.Create, f("analyst", "POST", "/api/v1/me/passkeys/options", password, 200), "phone")
	f("analyst", "POST", "/api/v1/me/passkeys", made, 200)
	f("admin", "DELETE", "/api/v1/users/the-analyst/passkeys/{{id}}", "", 200)
	f("analyst", "POST", "/api/v1/login", `{"name":"the-analyst","password":"`+goodPassword+`"}`, 200)
}
