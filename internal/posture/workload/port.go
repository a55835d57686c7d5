package workload

import (
	"net/netip"
	"strconv"
	"strings"
)

// port reads the short syntax [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL] of a published
// port; what cannot be read is published nevertheless.
func port(text string, line int) Port {
	p := Port{Text: text, Protocol: "tcp", Line: line}
	rest, protocol, ok := strings.Cut(text, "/")
	if ok {
		p.Protocol = strings.ToLower(protocol)
	}
	var address, host, container string
	if strings.HasPrefix(rest, "[") {
		if end := strings.Index(rest, "]"); end > 0 {
			address, rest = rest[1:end], strings.TrimPrefix(rest[end+1:], ":")
			host, container = lastColon(rest)
			p.finish(address, host, container)
			return p
		}
	}
	parts := splitColons(rest)
	switch n := len(parts); n {
	case 1:
		container = parts[0]
	case 2:
		host, container = parts[0], parts[1]
		if strings.Count(host, ".") == 3 {
			address, host = host, "" // ADDRESS:CONTAINER
		}
	default:
		address, host, container = strings.Join(parts[:n-2], ":"), parts[n-2], parts[n-1]
	}
	p.finish(address, host, container)
	return p
}

// lastColon splits at the last colon; without one all is the second part.
func lastColon(text string) (before, after string) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return "", text
	}
	return text[:at], text[at+1:]
}

// finish fills in what address and ranges say.
func (p *Port) finish(address, host, container string) {
	p.Address = strings.TrimSpace(address)
	p.HostFirst, p.HostLast = portRange(host)
	p.First, p.Last = portRange(container)
	p.All = allInterfaces(p.Address)
}

// allInterfaces reports whether an address stands for every interface. A variable
// is not known, so it does not.
func allInterfaces(address string) bool {
	if address == "" || address == "*" {
		return true
	}
	a, err := netip.ParseAddr(address)
	return err == nil && a.IsUnspecified()
}

// portRange reads "80" or "80-90"; 0 is none, or not known.
func portRange(text string) (first, last int) {
	from, to, ok := strings.Cut(strings.TrimSpace(text), "-")
	if !ok {
		to = from
	}
	a, err1 := strconv.Atoi(from)
	b, err2 := strconv.Atoi(to)
	if err1 != nil || err2 != nil || a < 0 || b < a || b > 65535 {
		return 0, 0
	}
	return a, b
}

// longPort reads the long syntax of compose.
func longPort(m map[string]any, line int) Port {
	p := Port{Protocol: "tcp", Line: line}
	if protocol := asText(m["protocol"]); protocol != "" {
		p.Protocol = strings.ToLower(protocol)
	}
	address, published := asText(m["host_ip"]), asText(m["published"])
	if before, after := lastColon(published); before != "" {
		address, published = before, after // what some write there
	}
	target := asText(m["target"])
	p.Text = strings.TrimPrefix(strings.TrimPrefix(address+":", ":")+published+":"+target, ":")
	p.finish(address, published, target)
	return p
}

// text writes the port in the short form.
func (p *Port) text() string {
	text := numbers(p.First, p.Last)
	if p.HostFirst > 0 {
		text = numbers(p.HostFirst, p.HostLast) + ":" + text
	}
	if p.Address != "" {
		text = p.Address + ":" + text
	}
	return text
}

func numbers(first, last int) string {
	if first == last {
		return strconv.Itoa(first)
	}
	return strconv.Itoa(first) + "-" + strconv.Itoa(last)
}
