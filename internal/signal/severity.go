package signal

import (
	"fmt"
	"strconv"
)

// Severity says how bad a signal is. The zero Severity is Info.
type Severity uint8

// The severities of Datadog's detection rules, from harmless to worst.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

// Severities is the number of severities.
const Severities = int(Critical) + 1

// String returns info, low, medium, high or critical.
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Low:
		return "low"
	case Medium:
		return "medium"
	case High:
		return "high"
	case Critical:
		return "critical"
	default:
		return "severity " + strconv.Itoa(int(s))
	}
}

// ParseSeverity reads the word that String writes.
func ParseSeverity(word string) (Severity, error) {
	for s := Info; s <= Critical; s++ {
		if s.String() == word {
			return s, nil
		}
	}
	return Info, fmt.Errorf("severity %q is none of info, low, medium, high, critical", word)
}

// Lower returns the next milder severity; Info stays.
func (s Severity) Lower() Severity {
	if s == Info {
		return Info
	}
	return s - 1
}

// MarshalText writes the word that String returns.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word that String returns.
func (s *Severity) UnmarshalText(text []byte) error {
	v, err := ParseSeverity(string(text))
	if err != nil {
		return err
	}
	*s = v
	return nil
}
