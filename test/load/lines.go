package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// lines makes lines of a web server and of sshd. The same seed makes the same ones.
type lines struct {
	random   *rand.Rand
	path, by *rand.Zipf // a few pages and visitors come often, most seldom
	paths    []string
	visitors []visitor
	web, ssh []byte // what is to be written
	attacks  int
}

// visitor is a browser, which keeps its address.
type visitor struct{ address, agent string }

// sshdShare is how many of a hundred lines are those of sshd.
const sshdShare = 30

func newLines(seed uint64) *lines {
	l := &lines{random: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // repeatable on purpose
	words := []string{"product", "cart", "blog", "images", "static", "api", "user", "search", "about", "news", "img", "css", "account", "orders"}
	for range 2000 {
		l.paths = append(l.paths, fmt.Sprintf("/%s/%s-%d", words[l.random.IntN(len(words))], words[l.random.IntN(len(words))], l.random.IntN(10_000)))
	}
	agents := make([]string, 0, 300)
	for range cap(agents) {
		v := l.random.IntN(60) + 60
		switch l.random.IntN(4) {
		case 0:
			agents = append(agents, fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.%d Safari/537.36", v, l.random.IntN(5000), l.random.IntN(200)))
		case 1:
			agents = append(agents, fmt.Sprintf("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", v, v))
		case 2:
			agents = append(agents, fmt.Sprintf("Mozilla/5.0 (iPhone; CPU iPhone OS %d_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.0 Mobile/15E148 Safari/604.1", v%10+9, v%7, v%10+9))
		default:
			agents = append(agents, fmt.Sprintf("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_%d_%d) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", v%7+9, v%8, v))
		}
	}
	for range 20_000 {
		l.visitors = append(l.visitors, visitor{
			address: fmt.Sprintf("%d.%d.%d.%d", l.random.IntN(190)+20, l.random.IntN(256), l.random.IntN(256), l.random.IntN(256)),
			agent:   agents[l.random.IntN(len(agents))],
		})
	}
	l.path = rand.NewZipf(l.random, 1.1, 100, uint64(len(l.paths)-1))
	l.by = rand.NewZipf(l.random, 1.05, 2000, uint64(len(l.visitors)-1))
	return l
}

// one appends a line of either.
func (l *lines) one(at time.Time) {
	if l.random.IntN(100) < sshdShare {
		l.sshd(at)
		return
	}
	l.request(at)
}

// request appends what nginx writes of a request; one of five has a query that was never seen before.
func (l *lines) request(at time.Time) {
	v := &l.visitors[l.by.Uint64()]
	method, path, status := " \"GET ", l.paths[l.path.Uint64()], 200
	kind := l.random.IntN(100)
	switch {
	case kind < 20:
	case kind < 40:
		method, status = " \"POST ", 302
	case kind < 60:
		status = 304
	case kind < 62:
		status = 404
	}
	out := append(append(l.web, v.address...), " - - ["...)
	out = append(append(at.AppendFormat(out, "02/Jan/2006:15:04:05 -0700"), ']'), method...)
	out = append(out, path...)
	if kind < 20 {
		out = strconv.AppendInt(append(out, "?id="...), l.random.Int64N(1_000_000), 10)
		out = strconv.AppendUint(append(out, "&session="...), l.random.Uint64(), 16)
		out = strconv.AppendInt(append(out, "&page="...), l.random.Int64N(30), 10)
	}
	out = strconv.AppendInt(append(out, " HTTP/1.1\" "...), int64(status), 10)
	out = strconv.AppendInt(append(out, ' '), l.random.Int64N(90_000), 10)
	out = append(append(out, " \"https://shop.example.com"...), l.paths[l.path.Uint64()]...)
	l.web = append(append(append(out, "\" \""...), v.agent...), "\"\n"...)
}

// sshd appends what sshd writes of somebody who comes in, goes, or mistypes.
func (l *lines) sshd(at time.Time) {
	v := &l.visitors[l.by.Uint64()]
	user, port := l.random.Int64N(500), l.random.Int64N(30_000)+32_000
	out := strconv.AppendInt(append(at.AppendFormat(l.ssh, time.Stamp), " web"...), user%5, 10)
	out = append(strconv.AppendInt(append(out, " sshd["...), l.random.Int64N(30_000)+1000, 10), "]: "...)
	switch n := l.random.IntN(100); {
	case n < 40:
		out = strconv.AppendInt(append(out, "Accepted publickey for user"...), user, 10)
		out = strconv.AppendInt(append(out, " from 10.0."...), user/250, 10)
		out = strconv.AppendInt(append(out, '.'), user%250, 10)
		out = strconv.AppendInt(append(out, " port "...), port, 10)
		out = strconv.AppendUint(append(out, " ssh2: ED25519 SHA256:"...), l.random.Uint64(), 16)
	case n < 80:
		out = strconv.AppendInt(append(out, "pam_unix(sshd:session): session closed for user user"...), user, 10)
	case n < 99:
		out = append(append(out, "Connection closed by "...), v.address...)
		out = append(strconv.AppendInt(append(out, " port "...), port, 10), " [preauth]"...)
	default:
		out = strconv.AppendInt(append(out, "Failed password for invalid user guess"...), l.random.Int64N(5000), 10)
		out = append(append(out, " from "...), v.address...)
		out = append(strconv.AppendInt(append(out, " port "...), port, 10), " ssh2"...)
	}
	out = append(out, '\n')
	l.ssh = out
}

// attack appends the request of an attacker never seen before, whose address it returns.
func (l *lines) attack(at time.Time) string {
	l.attacks++
	address := fmt.Sprintf("203.%d.%d.%d", l.attacks/62_500%250, l.attacks/250%250, l.attacks%250+1)
	l.web = append(l.web, address...)
	l.web = append(l.web, " - - ["...)
	l.web = at.AppendFormat(l.web, "02/Jan/2006:15:04:05 -0700")
	l.web = append(l.web, "] \"GET /product.php?id=1%27%20UNION%20SELECT%20login,password%20FROM%20users--%20 HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0\"\n"...)
	return address
}
