package pipeline

import (
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// decoder is the decoder-processor: binary-to-text encoding undone, and the bytes
// read as text or as a whole number.
type decoder struct {
	source, target string
	base16         bool
	integer        bool
}

var _ Processor = (*decoder)(nil)

// Process writes the decoded value. Text that is not in the encoding, or does
// not decode to UTF-8, changes nothing. Base64 is taken with or without padding,
// in the standard and the URL alphabet.
func (p *decoder) Process(e *event.Event, m *Machine) {
	v, ok := e.Get(p.source)
	if !ok || v.Kind() != event.String || v.Str() == "" {
		return
	}
	raw, ok := p.decode(v.Str())
	if !ok {
		return
	}
	if !p.integer {
		if utf8.Valid(raw) {
			m.decoded = true
			e.Set(p.target, event.StringValue(string(raw)))
		}
		return
	}
	if n := new(big.Int).SetBytes(raw); n.IsInt64() {
		e.Set(p.target, event.IntValue(n.Int64()))
	}
}

func (p *decoder) decode(text string) ([]byte, bool) {
	if p.base16 {
		text = strings.TrimPrefix(strings.TrimPrefix(text, "0x"), "0X")
		if len(text)%2 == 1 && p.integer {
			text = "0" + text
		}
		raw, err := hex.DecodeString(text)
		return raw, err == nil
	}
	text = strings.TrimRight(text, "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	raw, err := encoding.DecodeString(text)
	return raw, err == nil
}

// excluder is the exclude-attribute processor: it removes one attribute.
type excluder struct{ path string }

// Process removes the attribute.
func (p *excluder) Process(e *event.Event, _ *Machine) { e.Delete(p.path) }
