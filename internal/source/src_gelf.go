package source

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// DefaultMaxGELF is the length in bytes of the longest GELF message, unpacked.
const DefaultMaxGELF = 1 << 20

var errGELF = errors.New("want a GELF message: a JSON object with short_message")

// GELF receives messages of Graylog's senders: over UDP in one packet or in chunks,
// packed or not, over TCP with a zero byte behind each. What is no message is counted as
// an error.
type GELF struct {
	// Syslog is how they arrive. Its MaxMessage is by default DefaultMaxGELF.
	Syslog

	chunks assembly
}

// Serve receives what comes to the place until the context is done. The place stays.
func (g *GELF) Serve(ctx context.Context, at *Socket) error {
	if g.MaxMessage <= 0 {
		g.MaxMessage = DefaultMaxGELF
	}
	g.chunks.most = g.MaxMessage
	g.decode = g.message
	if at.packets != nil {
		g.decode = g.packet
	}
	return g.Syslog.Serve(ctx, at)
}

// packet reads a packet. It is called on one goroutine.
func (g *GELF) packet(data []byte, peer string) (record.Record, bool) {
	if bytes.HasPrefix(data, []byte(chunkMagic)) {
		var err error
		var lost int
		data, lost, err = g.chunks.add(data, peer, g.Now())
		g.Counters.Dropped.Add(int64(lost))
		if err != nil {
			g.Counters.Errors.Add(1)
		}
		if data == nil {
			return record.Record{}, false
		}
	}
	encoding := ""
	switch {
	case len(data) >= 2 && data[0] == 0x1f && data[1] == 0x8b:
		encoding = "gzip"
	case len(data) >= 2 && data[0]&0x0f == 8 && (int(data[0])<<8|int(data[1]))%31 == 0:
		encoding = "zlib"
	}
	plain, err := unpacked(data, encoding, int64(g.MaxMessage))
	if err != nil {
		g.Counters.Errors.Add(1)
		return record.Record{}, false
	}
	return g.message(plain, peer)
}

// message makes a record of a message.
func (g *GELF) message(data []byte, peer string) (record.Record, bool) {
	data = bytes.Trim(data, "\x00 \t\r\n")
	if len(data) == 0 {
		return record.Record{}, false
	}
	one := batch{most: maxGrowth * DefaultMaxGELF}
	if err := gelfMessage(string(data), &one, g.Label); err != nil || len(one.records) == 0 {
		g.Counters.Errors.Add(1)
		return record.Record{}, false
	}
	g.Counters.Cut.Add(one.cut)
	r := one.records[0]
	if r.Host == "" {
		r.Host = peer
	}
	if r.Received = g.Now().UnixNano(); r.Clip() {
		g.Counters.Cut.Add(1)
	}
	return r, true
}

// gelf is the intake of GELF over HTTP: a message in each request.
func gelf() *protocol {
	return &protocol{
		name: "gelf", scheme: "Bearer", fail: datadogFail,
		take: func(_ *http.Request, body []byte, into *batch) (http.HandlerFunc, error) {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, gelfMessage(string(body), into, record.Record{})
		},
	}
}

// gelfMessage reads a message. Fields that begin with an underscore become attributes of
// the name behind it, others that mean nothing here of their own.
func gelfMessage(text string, into *batch, with record.Record) error {
	var e entry
	full := ""
	r := jsonReader{s: text}
	r.object(func(key string) {
		switch key {
		case "version":
			r.raw()
		case "host":
			if host := r.plain(); host != "" {
				with.Host = host
			}
		case "short_message":
			e.message = r.text()
		case "full_message":
			full = r.plain()
		case "timestamp":
			e.time = secondsOf(r.plain())
		case "level":
			e.status = levelName(r.plain())
		default:
			name, value := strings.TrimPrefix(key, "_"), r.raw()
			e.members = append(member(e.members, name), value...)
			if plain := (&jsonReader{s: value}); name == "service" || name == "ddsource" {
				into := map[string]*string{"service": &with.Service, "ddsource": &with.Source}[name]
				*into = plain.plain()
			}
		}
	})
	if !r.ended() {
		return errGELF
	}
	if e.message == "" {
		e.message, full = full, ""
	}
	if e.message == "" {
		return errGELF
	}
	if full != e.message {
		e.members = textMember(e.members, "full_message", full)
	}
	return into.add(&e, with)
}

// levelName names syslog's severities, 0 to 7; a word stays one.
func levelName(level string) string {
	n, err := strconv.ParseFloat(level, 64)
	if err != nil {
		return level
	}
	if !(n >= 0 && n < 8) {
		return ""
	}
	return [...]string{"emergency", "alert", "critical", "error", "warn", "notice", "info", "debug"}[int(n)]
}
