package threat

import (
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/lookup"
)

// trailingNumber returns the number that is the second field of the line, 1 when
// there is none.
func trailingNumber(line string) int {
	fields := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' || c == ',' })
	if len(fields) < 2 {
		return 1
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil {
		return 1
	}
	return n
}

// object returns the network of a line of JSON, "" when the line describes the
// list itself.
func (l *listReader) object(line string) (text, reason string) {
	var o struct {
		CIDR      string `json:"cidr"`
		IP        string `json:"ip"`
		Type      string `json:"type"`
		Timestamp int64  `json:"timestamp"`
		Records   int    `json:"records"`
	}
	if json.Unmarshal([]byte(line), &o) != nil {
		return "", "not a JSON object with the key cidr or ip"
	}
	if o.Type == "metadata" {
		l.Header.Entries = o.Records
		if o.Timestamp > 0 {
			l.Header.Date = time.Unix(o.Timestamp, 0).UTC().Format(time.RFC3339)
		}
		return "", ""
	}
	if o.CIDR == "" {
		o.CIDR = o.IP
	}
	if o.CIDR == "" {
		return "", "a JSON object without the key cidr or ip"
	}
	return o.CIDR, ""
}

// fromTo returns the range of a line that begins with its first and its last
// address, and the line when it does not: one address may stand alone.
func fromTo(line string) string {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return line
	}
	from, ok := lookup.ParseAddr(fields[0])
	to, also := lookup.ParseAddr(fields[1])
	if !ok || !also || from.Is4() != to.Is4() || to.Less(from) {
		return line
	}
	return fields[0] + "-" + fields[1]
}

// torEntry returns the address of a line of Tor's exit list, "" for lines that
// hold none.
func torEntry(line string) string {
	switch word, rest, _ := strings.Cut(line, " "); word {
	case torAddress:
		return strings.TrimSpace(rest)
	case "ExitNode", "Published", "LastStatus", "Downloaded":
		return ""
	default:
		return line
	}
}

// cell returns the address of a row of CSV, "" for the row that names the columns.
func (l *listReader) cell(line string) (text, reason string) {
	l.fields = splitCSV(l.fields[:0], line)
	if l.column < 0 {
		if i := l.named(l.fields); i >= 0 {
			l.column = i
			return "", ""
		}
		if l.comment != "" {
			names := splitCSV(nil, strings.TrimLeft(l.comment, "#;/ "))
			if i := l.named(names); i >= 0 && len(names) == len(l.fields) {
				l.column = i
			}
		}
		if l.column < 0 && l.opts.Column == "" {
			l.column = slices.IndexFunc(l.fields, isEntry)
		}
		if l.column < 0 {
			if l.opts.Column != "" {
				return "", "no column is named " + l.opts.Column
			}
			return "", "no column holds an address"
		}
	}
	if l.column >= len(l.fields) {
		return "", "the row has too few columns"
	}
	return l.fields[l.column], ""
}

// named returns which of the names is the column of the addresses, -1 for none.
func (l *listReader) named(names []string) int {
	if l.opts.Column != "" {
		return slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, l.opts.Column) })
	}
	for _, want := range [...]string{"cidr", "network", "ip", "ip_address", "ipaddress", "ip address", "address", "dst_ip", "dstip", "src_ip", "srcip", "source_ip", "indicator"} {
		if i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, want) }); i >= 0 {
			return i
		}
	}
	return -1
}

// splitCSV appends the fields of one row, without quotes and white space around
// them. A quote that is not closed goes to the end of the row.
func splitCSV(fields []string, row string) []string {
	for {
		row = strings.TrimLeft(row, " \t")
		if !strings.HasPrefix(row, `"`) {
			field, rest, more := strings.Cut(row, ",")
			fields = append(fields, strings.TrimSpace(field))
			if !more {
				return fields
			}
			row = rest
			continue
		}
		end := closingQuote(row)
		fields = append(fields, strings.ReplaceAll(row[1:end], `""`, `"`))
		_, rest, more := strings.Cut(row[end:], ",")
		if !more {
			return fields
		}
		row = rest
	}
}

// closingQuote returns where the quote that the row starts with is closed, or its
// end.
func closingQuote(row string) int {
	for i := 1; i < len(row); i++ {
		if row[i] != '"' {
			continue
		}
		if i+1 < len(row) && row[i+1] == '"' {
			i++
			continue
		}
		return i
	}
	return len(row)
}

// unroutable returns the networks of which no address is public; feeds of networks
// that nobody routes are full of them. lookup.Public says the same of one address.
func unroutable() *lookup.List {
	texts := [...]string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
		"::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8",
	}
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return lookup.NewList(all...)
}

// wide reports whether the range has more addresses than a network of the widest
// length.
func wide(r lookup.Range) bool {
	if r.From.Is4() {
		from, to := r.From.As4(), r.To.As4()
		return binary.BigEndian.Uint32(to[:])-binary.BigEndian.Uint32(from[:]) > ^uint32(0)>>widest4
	}
	from, to := r.From.As16(), r.To.As16()
	a, b := binary.BigEndian.Uint64(from[:8]), binary.BigEndian.Uint64(to[:8])
	return b-a > ^uint64(0)>>widest6
}
