package match

import (
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// maxNumber is the length in bytes of the longest text that is read as a number.
const maxNumber = 64

// parseNumber reads a decimal number with blanks around it, as 12, -1.5 or 2e3.
func parseNumber(text []byte) (float64, bool) {
	for len(text) > 0 && isBlank(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isBlank(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	if len(text) == 0 || len(text) > maxNumber {
		return 0, false
	}
	if n, ok := parseWhole(text); ok {
		return float64(n), true
	}
	digits := false
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c == '.' || c == '+' || c == '-' || (c == 'e' || c == 'E') && i > 0:
		default:
			return 0, false
		}
	}
	if !digits {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(text), 64)
	return f, err == nil
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// parseWhole reads whole numbers of up to 15 digits, which a float holds exactly.
func parseWhole(text []byte) (int64, bool) {
	digits, negative := text, false
	if digits[0] == '-' || digits[0] == '+' {
		negative, digits = digits[0] == '-', digits[1:]
	}
	if len(digits) == 0 || len(digits) > 15 {
		return 0, false
	}
	n := int64(0)
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// NumberText returns the text of a number: whole ones without a point unless
// fraction asks for one.
func NumberText(f float64, fraction bool) string {
	if f == float64(int64(f)) && f > -1e16 && f < 1e16 {
		s := strconv.FormatInt(int64(f), 10)
		if fraction {
			s += ".0"
		}
		return s
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// canonical returns the text by which equal numbers are found: that of a JSON
// number as a rule would write it.
func canonical(text []byte, kind event.Kind, dst []byte) []byte {
	if kind == event.Int && string(text) != "-0" {
		return text
	}
	f, ok := parseNumber(text)
	if !ok {
		return text
	}
	if f == float64(int64(f)) && f > -1e16 && f < 1e16 {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// equalNumber reports whether a JSON number is the number of a test.
func equalNumber(text []byte, num float64, numText string) bool {
	if string(text) == numText {
		return true
	}
	f, ok := parseNumber(text)
	if !ok || f != num {
		return false
	}
	// Two whole numbers that no float tells apart are equal by their digits only.
	return f > -(1<<53) && f < 1<<53 || strings.ContainsAny(numText, ".eE")
}
