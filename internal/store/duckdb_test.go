package store

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// duckdbDir names, in the environment, the folder whose node_modules has DuckDB.
const duckdbDir = "SASUMATA_DUCKDB"

// duckdb is a DuckDB in a process of its own, which reads the files of a store.
type duckdb struct {
	in  *json.Encoder
	out *bufio.Scanner
}

// answer is what it says: rows of texts, and how many milliseconds that took, of the
// clock and of the processors.
type answer struct {
	Rows    [][]string
	MS, CPU float64
	Error   string
}

// openDuckDB starts DuckDB over the store, or skips the test.
func openDuckDB(tb testing.TB, dir string) *duckdb {
	tb.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		tb.Skip("Node is not installed")
	}
	modules := os.Getenv(duckdbDir)
	if _, err := os.Stat(filepath.Join(modules, "node_modules/@duckdb/node-api")); modules == "" || err != nil {
		tb.Skipf("%s names no folder with the npm package @duckdb/node-api", duckdbDir)
	}
	cmd := exec.CommandContext(tb.Context(), node, filepath.Join("testdata", "duckdb.js"), modules)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	d := &duckdb{json.NewEncoder(in), bufio.NewScanner(out)}
	d.out.Buffer(nil, 64<<20)
	d.ask(tb, fmt.Sprintf(`CREATE VIEW logs AS SELECT * FROM read_parquet('%s/day=*/source=*/*.parquet', hive_partitioning = true, union_by_name = true)`, dir))
	return d
}

func (d *duckdb) ask(tb testing.TB, sql string) answer {
	tb.Helper()
	if err := d.in.Encode(map[string]string{"sql": sql}); err != nil {
		tb.Fatal(err)
	}
	var a answer
	if !d.out.Scan() {
		tb.Fatalf("DuckDB ended: %v", d.out.Err())
	}
	if err := json.Unmarshal(d.out.Bytes(), &a); err != nil || a.Error != "" {
		tb.Fatalf("%s: %v %s", sql, err, a.Error)
	}
	return a
}

// site makes what two kinds of machines log: requests with ids, and logins, 15
// attributes and official fields each.
type site struct {
	random *rand.Rand
	e      *event.Event
	at     int64
	n      int
}

// siteBegins is a midnight.
const siteBegins = 1_767_225_600e9

func newSite() *site {
	return &site{random: rand.New(rand.NewPCG(7, 7)), e: event.New(), at: siteBegins}
}

// often is a number below n, the small ones much more often.
func (s *site) often(n int) int {
	f := s.random.Float64()
	return int(f * f * f * float64(n))
}

// address is one of 20,000, deep in 203.0.0.0/8.
func address(n int) string { return fmt.Sprintf("203.%d.%d.%d", n%50, n/50%40, n/2000+1) }

// requestID is the id of a request: every one has its own.
func requestID(n int) string { return fmt.Sprintf("%016x", uint64(n+1)*0x9e3779b97f4a7c15) }

// next makes the next event, some 30 in a second.
func (s *site) next() *event.Event {
	e, r := s.e, s.random
	e.Reset()
	s.at += r.Int64N(70e6)
	s.n++
	e.Time = s.at / 1e6 * 1e6
	e.Host = fmt.Sprintf("web%02d", r.IntN(20))
	ip := address(s.often(20_000))
	if r.IntN(5) == 0 {
		s.login(ip)
	} else {
		s.request(ip)
	}
	return e
}

func (s *site) request(ip string) {
	e, r := s.e, s.random
	urls := []string{"/", "/shop/item/%d", "/shop/item/%d/reviews", "/api/v1/users/%d/orders", "/api/v2/users/%d/orders", "/static/app.%d.js", "/search?q=%d"}
	url := urls[s.often(len(urls))]
	if strings.Contains(url, "%d") {
		url = fmt.Sprintf(url, s.often(20_000))
	}
	method := []string{"GET", "GET", "GET", "POST"}[r.IntN(4)]
	status := []int64{200, 200, 200, 200, 200, 200, 304, 404, 301, 500}[r.IntN(10)]
	agent := fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", 100+s.often(40))
	size := int64(s.often(60_000))
	e.Source, e.Service, e.Status = "nginx", []string{"shop", "blog", "api"}[s.often(3)], "ok"
	if status >= 500 {
		e.Status = "error"
	}
	e.Message = fmt.Sprintf(`%s - - [%s] "%s %s HTTP/1.1" %d %d "https://shop.example/" "%s"`,
		ip, time.Unix(0, e.Time).UTC().Format("02/Jan/2006:15:04:05 -0700"), method, url, status, size, agent)
	e.Set("network.client.ip", event.StringValue(ip))
	e.Set("network.bytes_written", event.IntValue(size))
	e.Set("http.method", event.StringValue(method))
	e.Set("http.url", event.StringValue(url))
	e.Set("http.version", event.StringValue("1.1"))
	e.Set("http.status_code", event.IntValue(status))
	e.Set("http.referer", event.StringValue("https://shop.example/"))
	e.Set("http.useragent", event.StringValue(agent))
	e.Set("http.request_id", event.StringValue(requestID(s.n)))
	e.Set("duration", event.FloatValue(float64(s.often(4000))/1000))
}

func (s *site) login(ip string) {
	e, r := s.e, s.random
	user := fmt.Sprintf("user%d", s.often(3000))
	port := 1024 + r.Int64N(60_000)
	outcome, text := "success", "Accepted password for"
	if r.IntN(3) > 0 {
		outcome, text = "failure", "Failed password for"
		if r.IntN(2) == 0 {
			text += " invalid user"
		}
	}
	e.Source, e.Service, e.Status = "sshd", "ssh", "info"
	e.Message = fmt.Sprintf("%s %s from %s port %d ssh2", text, user, ip, port)
	e.Set("network.client.ip", event.StringValue(ip))
	e.Set("network.client.port", event.IntValue(port))
	e.Set("usr.name", event.StringValue(user))
	e.Set("usr.id", event.StringValue(user))
	e.Set("evt.category", event.StringValue("authentication"))
	e.Set("evt.outcome", event.StringValue(outcome))
	e.Set("evt.method", event.StringValue("password"))
	e.Set("process.pid", event.IntValue(int64(r.IntN(30_000))))
	e.Set("syslog.appname", event.StringValue("sshd"))
	e.Set("syslog.hostname", event.StringValue(e.Host))
}

// siteStore makes a store with events.
func siteStore(tb testing.TB, dir string, events int) {
	tb.Helper()
	s, err := Create(dir)
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close()
	w := s.Writer(WriterOptions{})
	source := newSite()
	for range events {
		if err := w.Append(source.next()); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Commit(nil); err != nil {
		tb.Fatal(err)
	}
}

// question is one that both can answer.
type question struct {
	name   string
	search string
	stats  string // "" is how many events match
	every  time.Duration
	// hours from the beginning that are looked at; 0 is all
	from, until int
	// sql is a query with the same rows: the bucket in seconds, the keys, the measure;
	// or only what stands behind WHERE
	sql string
}

func questions(events int) []question {
	const cidr = `split_part("@network.client.ip", '.', 2)::INT = 7 AND split_part("@network.client.ip", '.', 3)::INT BETWEEN 16 AND 31`
	needle := requestID(requestBehind(events / 3))
	hour := int64(siteBegins)/1_000_000_000 + 3600
	return []question{
		{name: "everything", sql: `true`},
		{name: "equal", search: "@http.status_code:500", sql: `"@http.status_code" = 500`},
		{name: "two_equal", search: "service:shop @http.method:POST", sql: `service = 'shop' AND "@http.method" = 'POST'`},
		{name: "not_equal", search: "source:nginx -@http.status_code:200", sql: `source = 'nginx' AND "@http.status_code" <> 200`},
		{name: "needle_id", search: "@http.request_id:" + needle, sql: `"@http.request_id" = '` + needle + `'`},
		{name: "needle_missing", search: "@http.request_id:" + requestID(events+1), sql: `"@http.request_id" = '` + requestID(events+1) + `'`},
		{name: "needle_address", search: "@network.client.ip:" + address(19_000), sql: `"@network.client.ip" = '` + address(19_000) + `'`},
		{name: "substring", search: `*item/77*`, sql: `contains(lower(message), 'item/77')`},
		{name: "words", search: `"failed password for invalid"`, sql: `contains(lower(message), 'failed password for invalid')`},
		{name: "url_pattern", search: `@http.url:\/api\/v?\/users\/*7\/orders`, sql: `regexp_full_match("@http.url", '/api/v./users/.*7/orders')`},
		{name: "numbers", search: "@network.bytes_written:[1000 TO 2000]", sql: `"@network.bytes_written" BETWEEN 1000 AND 2000`},
		{name: "fractions", search: "@duration:>1.5", sql: `"@duration" > 1.5`},
		{name: "network", search: "CIDR(@network.client.ip, 203.7.16.0/20)", sql: cidr},
		{name: "one_hour", search: "@evt.outcome:failure", from: 1, until: 2, sql: fmt.Sprintf(`"@evt.outcome" = 'failure' AND epoch_us(timestamp) >= %d AND epoch_us(timestamp) < %d`, hour*1_000_000, (hour+3600)*1_000_000)},
		{
			name: "hourly_by_status", stats: "count by @http.status_code", every: time.Hour,
			sql: `SELECT epoch(date_trunc('hour', timestamp))::BIGINT, "@http.status_code", count(*) FROM logs GROUP BY ALL`,
		},
		{name: "top_addresses", stats: "count by @network.client.ip", sql: `SELECT "@network.client.ip", count(*) FROM logs GROUP BY ALL`},
		{name: "users", search: "source:sshd", stats: "count by @usr.name", sql: `SELECT "@usr.name", count(*) FROM logs WHERE source = 'sshd' GROUP BY ALL`},
		{name: "two_groups", stats: "count by host, @evt.outcome", sql: `SELECT host, "@evt.outcome", count(*) FROM logs GROUP BY ALL`},
		{name: "sum", stats: "sum(@network.bytes_written) by service", search: "source:nginx", sql: `SELECT service, sum("@network.bytes_written")::BIGINT FROM logs WHERE source = 'nginx' GROUP BY ALL`},
		{name: "greatest", stats: "max(@duration) by @http.method", search: "source:nginx", sql: `SELECT "@http.method", max("@duration") FROM logs WHERE source = 'nginx' GROUP BY ALL`},
	}
}

// requestBehind returns the number of the first request behind the n-th event.
func requestBehind(n int) int {
	s := newSite()
	for s.n <= n || s.e.Source != "nginx" {
		s.next()
	}
	return s.n
}

func (q *question) text() string {
	if q.stats == "" {
		return "SELECT count(*) FROM logs WHERE " + q.sql
	}
	return q.sql
}

// asked is the question as the store takes it.
func (q *question) asked(tb testing.TB) (want Search, what Stats) {
	tb.Helper()
	var err error
	if q.search != "" {
		if want.Query, err = query.Parse(q.search); err != nil {
			tb.Fatal(err)
		}
	}
	if q.until > 0 {
		want.Since, want.Until = siteBegins+int64(q.from)*3600e9, siteBegins+int64(q.until)*3600e9
	}
	if q.stats != "" {
		if what, err = ParseStats(q.stats); err != nil {
			tb.Fatal(err)
		}
		what.Every = q.every
	}
	return want, what
}

// rows asks the store.
func (q *question) rows(tb testing.TB, s *Store) [][]string {
	tb.Helper()
	want, what := q.asked(tb)
	if q.stats == "" {
		result, err := s.Count(tb.Context(), want)
		if err != nil || len(result.Problems) > 0 {
			tb.Fatalf("%v %v", err, result.Problems)
		}
		return [][]string{{strconv.FormatInt(result.Matched, 10)}}
	}
	table, result, err := s.Stats(tb.Context(), want, what)
	if err != nil || len(result.Problems) > 0 || table.Left > 0 {
		tb.Fatalf("%v %v %d", err, result.Problems, table.Left)
	}
	rows := make([][]string, 0, len(table.Rows))
	for _, r := range table.Rows {
		var row []string
		if q.every > 0 {
			row = append(row, strconv.FormatInt(r.Bucket/1e9, 10))
		}
		for _, key := range r.Keys {
			if key == nil {
				key = new(string)
			}
			row = append(row, *key)
		}
		rows = append(rows, append(row, strconv.FormatFloat(r.Value, 'f', -1, 64)))
	}
	return rows
}

// TestDuckDBAgrees asks the store, and DuckDB over the same files.
func TestDuckDBAgrees(t *testing.T) {
	const events = 200_000 // of two hours; parts of both sources, not all full
	dir := filepath.Join(t.TempDir(), "logs")
	duck := func() *duckdb { return openDuckDB(t, dir) }
	if os.Getenv(duckdbDir) == "" {
		duck() // skips before anything is made
	}
	siteStore(t, dir, events)
	s, d := reopened(t, dir), duck()
	if n := len(s.Parts()); n < 4 {
		t.Errorf("%d parts: the test shows too little", n)
	}
	for _, q := range questions(events) {
		want := d.ask(t, q.text()).Rows
		got := q.rows(t, s)
		slices.SortFunc(want, slices.Compare)
		slices.SortFunc(got, slices.Compare)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-DuckDB +store):\n%.1000s", q.name, diff)
		}
		if n := want[0][0]; len(want) == 1 && (n == "0") != (q.name == "needle_missing") {
			t.Errorf("%s: %s events: the question shows nothing", q.name, n)
		}
	}
}
