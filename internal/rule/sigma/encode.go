package sigma

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/rule/match"
)

// byteOrderMark is what utf16 puts in front; base64 encodes it as UTF-16 does.
const byteOrderMark = "\ufeff"

// isWord reports whether \w of the reference matches the rune.
func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// encode applies the modifiers that turn text into other text.
func encode(mod string, v value) (value, error) {
	switch mod {
	case "wide", "utf16le", "utf16be", "utf16":
		v.pattern = mapLiterals(v.pattern, func(s string) string { return wide(s, mod == "utf16be") })
		for _, part := range v.pattern {
			if !utf8.ValidString(part.Lit) {
				return value{}, fmt.Errorf("the modifier %q takes no text whose UTF-16 form is no text, found %s", mod, &v)
			}
		}
		if mod == "utf16" {
			v.pattern, v.bom = joinLiterals(append(match.Pattern{{Lit: byteOrderMark}}, v.pattern...)), true
		}
		return v, nil
	case "base64", "base64offset":
		if hasWildcard(v.pattern) {
			return value{}, fmt.Errorf("the modifier %q takes no wildcards, found %s", mod, &v)
		}
		data := []byte(plain(v.pattern))
		if v.bom {
			data = append([]byte{0xff, 0xfe}, data[len(byteOrderMark):]...)
		}
		if mod == "base64" {
			return literalValue(v, base64.StdEncoding.EncodeToString(data)), nil
		}
		return offsets(v, data), nil
	default:
		return value{}, fmt.Errorf("unknown modifier %q", mod)
	}
}

// wide returns the bytes of the text in UTF-16.
func wide(s string, bigEndian bool) string {
	out := make([]byte, 0, 2*len(s))
	for _, u := range utf16.Encode([]rune(s)) {
		if bigEndian {
			out = binary.BigEndian.AppendUint16(out, u)
		} else {
			out = binary.LittleEndian.AppendUint16(out, u)
		}
	}
	return string(out)
}

func literalValue(from value, s string) value {
	return value{kind: textValue, raw: s, pattern: match.Literal(s), cased: from.cased}
}

// offsets returns the three texts that base64 can make of data inside longer
// data: what depends on its neighbours is cut off. As in the reference, the cut at
// the end follows from the number of characters, not of bytes.
func offsets(from value, data []byte) value {
	length := utf8.RuneCountInString(plain(from.pattern))
	starts, ends := [3]int{0, 2, 3}, [3]int{0, 3, 2}
	out := value{kind: groupValue}
	for i := range 3 {
		padded := append([]byte(strings.Repeat(" ", i)), data...)
		s := base64.StdEncoding.EncodeToString(padded)
		end := len(s) - ends[(length+i)%3]
		out.group = append(out.group, literalValue(from, s[min(starts[i], end):end]))
	}
	return out
}
