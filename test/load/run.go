package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type options struct {
	events, rate int
	server, dir  string
	profile      string
	storeless    bool
}

// run starts a server, loads it, and says what came of it.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "load"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	}
	s, err := start(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	logs, err := create(o.dir)
	if err != nil {
		return err
	}
	if o.rate > 0 {
		return latency(ctx, o, s, logs, out)
	}
	return throughput(ctx, o, s, logs, out)
}

// throughput writes as fast as it can.
func throughput(ctx context.Context, o options, s *server, to *logs, out io.Writer) error {
	if err := s.await(ctx, "sasumata_events_total", 0); err != nil {
		return err
	}
	cpu, began := s.cpu(), time.Now()
	l := newLines(1)
	for n := 0; n < o.events; {
		for range min(1000, o.events-n) {
			l.one(time.Now())
			n++
		}
		if err := to.write(l); err != nil {
			return err
		}
	}
	written := time.Since(began)
	done := "sasumata_store_added_events_total"
	if o.storeless {
		done = "sasumata_events_total"
	}
	if err := s.await(ctx, done, o.events); err != nil {
		return err
	}
	took, used := time.Since(began), s.cpu()-cpu
	own := ownCPU()
	_, err := fmt.Fprintf(out, "%d lines in %.1f s (written in %.1f s): %.0f events/s; the server took %.1f us of CPU time a line, the sender %.1f; at most %d MB\n",
		o.events, took.Seconds(), written.Seconds(), float64(o.events)/took.Seconds(),
		float64(used.Microseconds())/float64(o.events), float64(own.Microseconds())/float64(o.events), s.peak()>>10)
	return err
}

// latency writes at a rate, ten attacks a second among the lines.
func latency(ctx context.Context, o options, s *server, to *logs, out io.Writer) error {
	if err := s.await(ctx, "sasumata_events_total", 0); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := make(chan sighting, 10_000)
	go func() { s.watch(ctx, seen); close(seen) }()
	sent := map[string]time.Time{}
	l := newLines(1)
	const ticks = 100 // a second
	began, next := time.Now(), time.Now()
	for n, tick := 0, 0; n < o.events && ctx.Err() == nil; tick++ {
		for range o.rate / ticks {
			l.one(time.Now())
			n++
		}
		address := ""
		if tick%(ticks/10) == 0 {
			address = l.attack(time.Now())
		}
		if err := to.write(l); err != nil {
			return err
		}
		if address != "" {
			sent[address] = time.Now()
		}
		next = next.Add(time.Second / ticks)
		time.Sleep(time.Until(next))
	}
	took := time.Since(began)
	var delays []time.Duration
	patience := time.After(30 * time.Second)
	for len(delays) < len(sent) {
		select {
		case one := <-seen:
			if at, ok := sent[one.address]; ok {
				delays = append(delays, one.at.Sub(at))
				sent[one.address] = time.Time{}
			}
		case <-patience:
			return fmt.Errorf("%d of %d attacks became no signal", len(sent)-len(delays), len(sent))
		}
	}
	slices.Sort(delays)
	at := func(share float64) time.Duration {
		return delays[int(share*float64(len(delays)-1))].Round(100 * time.Microsecond)
	}
	_, err := fmt.Fprintf(out, "%.0f lines/s for %.0f s, %d attacks: from the line to the signal p50 %s, p99 %s, at most %s\n",
		float64(o.events)/took.Seconds(), took.Seconds(), len(delays), at(0.5), at(0.99), at(1))
	return err
}

// logs are the files that the server follows.
type logs struct{ web, ssh *os.File }

func create(dir string) (*logs, error) {
	web, err := os.Create(filepath.Join(dir, "access.log"))
	if err != nil {
		return nil, err
	}
	ssh, err := os.Create(filepath.Join(dir, "auth.log"))
	return &logs{web: web, ssh: ssh}, err
}

func (f *logs) write(l *lines) error {
	_, err := f.web.Write(l.web)
	_, more := f.ssh.Write(l.ssh)
	l.web, l.ssh = l.web[:0], l.ssh[:0]
	return errors.Join(err, more)
}

// server is a sasumata under load.
type server struct {
	command *exec.Cmd
	errors  bytes.Buffer
	url     string
	signals string
}

func start(ctx context.Context, o options) (*server, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	config := filepath.Join(o.dir, "sasumata.yaml")
	text := fmt.Sprintf("http: {listen: %q}\nfiles:\n  - {path: %s/access.log, from: beginning, source: nginx}\n  - {path: %s/auth.log, from: beginning}\nstore: {disabled: %t}\n",
		address, o.dir, o.dir, o.storeless)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	data := filepath.Join(o.dir, "data")
	s := &server{url: "http://" + address + "/metrics", signals: filepath.Join(data, "signals.jsonl")}
	arguments := []string{"serve", "--config", config, "--data", data}
	if o.profile != "" {
		arguments = append(arguments, "--cpu-profile", o.profile)
	}
	s.command = exec.CommandContext(ctx, o.server, arguments...) //nolint:gosec // that is what it is for
	s.command.Stderr = &s.errors
	return s, s.command.Start()
}

func (s *server) stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := s.command.Wait(); err != nil {
		return fmt.Errorf("the server: %w\n%s", err, s.errors.String())
	}
	return nil
}

// await waits until a metric has the value. It asks often only towards the end: every
// answer is work of the server that no user makes it do.
func (s *server) await(ctx context.Context, metric string, want int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	last := "no answer"
	var pause time.Duration
	for ; ; time.Sleep(pause) {
		if ctx.Err() != nil {
			return fmt.Errorf("%s never became %d: %s\n%s", metric, want, last, s.errors.String())
		}
		got, err := s.metric(ctx, metric)
		if err == nil && got == float64(want) {
			return nil
		}
		last = fmt.Sprint(got, " ", err)
		if pause = 25 * time.Millisecond; err == nil && got < 0.95*float64(want) {
			pause = 250 * time.Millisecond
		}
	}
}

func (s *server) metric(ctx context.Context, name string) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("no metric %s", name)
}

// cpu returns the CPU time of the server so far.
func (s *server) cpu() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.command.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	ticks := 0
	for _, field := range fields[11:13] { // utime, stime of proc(5)
		n, _ := strconv.Atoi(field)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// peak returns the most memory that the server had, in KiB.
func (s *server) peak() int {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(fields[0])
	return n
}

func ownCPU() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// sighting is a signal of an address.
type sighting struct {
	address string
	at      time.Time
}

// watch tells of the signals in the file of the server, each address once.
func (s *server) watch(ctx context.Context, seen chan<- sighting) {
	told := map[string]bool{}
	var at int64
	for ; ctx.Err() == nil; time.Sleep(2 * time.Millisecond) {
		data, now := s.behind(at), time.Now()
		for line := range bytes.Lines(data) {
			if !bytes.HasSuffix(line, []byte("\n")) {
				break
			}
			at += int64(len(line))
			var one struct {
				Entities []struct{ Value string }
			}
			if json.Unmarshal(line, &one) != nil {
				continue
			}
			for _, e := range one.Entities {
				if !told[e.Value] {
					told[e.Value] = true
					seen <- sighting{address: e.Value, at: now}
				}
			}
		}
	}
}

func (s *server) behind(at int64) []byte {
	f, err := os.Open(s.signals)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, _ := io.ReadAll(io.NewSectionReader(f, at, 1<<30))
	return data
}
