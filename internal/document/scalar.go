package document

import (
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// isText reports whether a scalar is a string whatever it holds.
func isText(n *yaml.Node) bool {
	return n.Style&quoted != 0 || n.Style&yaml.TaggedStyle != 0 && n.Tag == "!!str"
}

// isNull reports whether the node is a null of the core schema.
func isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || isText(n) {
		return false
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return true
	default:
		return false
	}
}

func parseBool(s string) (value, ok bool) {
	switch s {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	default:
		return false, false
	}
}

// parseInt reads the whole numbers of the core schema: decimal (012 is 12),
// 0o14 and 0xc. Beyond 64 bits it reports false.
func parseInt(s string) (int64, bool) {
	base, digits := 10, strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" {
		return 0, false
	}
	switch {
	case strings.HasPrefix(s, "0o"):
		base, s = 8, s[2:]
	case strings.HasPrefix(s, "0x"):
		base, s = 16, s[2:]
	}
	if s == "" || base != 10 && strings.ContainsAny(s, "+-_") {
		return 0, false
	}
	n, err := strconv.ParseInt(s, base, 64)
	return n, err == nil
}

// isFloat reports whether s is a decimal number of the core schema.
func isFloat(s string) bool {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	whole := digits(s, i)
	i += whole
	if i < len(s) && s[i] == '.' {
		fraction := digits(s, i+1)
		if whole+fraction == 0 {
			return false
		}
		i += 1 + fraction
	} else if whole == 0 {
		return false
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		n := digits(s, i)
		if n == 0 {
			return false
		}
		i += n
	}
	return i == len(s)
}

func digits(s string, at int) int {
	n := 0
	for at+n < len(s) && s[at+n] >= '0' && s[at+n] <= '9' {
		n++
	}
	return n
}

// parseFloat reads the numbers of the core schema, whole ones too.
func parseFloat(s string) (float64, bool) {
	switch s {
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return math.Inf(1), true
	case "-.inf", "-.Inf", "-.INF":
		return math.Inf(-1), true
	case ".nan", ".NaN", ".NAN":
		return math.NaN(), true
	}
	if n, ok := parseInt(s); ok {
		return float64(n), true
	}
	if !isFloat(s) {
		return 0, false
	}
	f, _ := strconv.ParseFloat(s, 64) // beyond the range it is infinite, as YAML says
	return f, true
}

// scalar returns what a scalar is as a value of type any.
func scalar(n *yaml.Node) any {
	if isText(n) {
		return n.Value
	}
	if isNull(n) {
		return nil
	}
	if b, ok := parseBool(n.Value); ok {
		return b
	}
	if i, ok := parseInt(n.Value); ok {
		return i
	}
	if f, ok := parseFloat(n.Value); ok {
		return f
	}
	return n.Value
}

// parseDuration reads "1d12h": what time.ParseDuration does, and before it weeks
// and days of 24 hours.
func parseDuration(s string) (time.Duration, bool) {
	var days time.Duration
	rest := s
	for _, unit := range []struct {
		name  string
		hours int64
	}{{"w", 7 * 24}, {"d", 24}} {
		head, tail, ok := strings.Cut(rest, unit.name)
		if !ok || digits(head, 0) != len(head) {
			continue
		}
		n, err := strconv.ParseInt(head, 10, 64)
		if err != nil || n > math.MaxInt64/int64(time.Hour)/unit.hours/2 {
			return 0, false
		}
		days += time.Duration(n*unit.hours) * time.Hour
		rest = tail
	}
	if rest == "" && s != "" {
		return days, true
	}
	d, err := time.ParseDuration(rest)
	if err != nil || days > 0 && (d < 0 || d > math.MaxInt64-days || rest[0] == '+' || rest[0] == '-') {
		return 0, false
	}
	return days + d, true
}

// ParseDuration reads a length of time as documents have it: 30m, 4h, 7d, 2w, 1d12h.
func ParseDuration(text string) (time.Duration, bool) { return parseDuration(text) }
