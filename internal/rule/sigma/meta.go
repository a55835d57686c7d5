package sigma

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// metaKeys are the keys that a document may have beside its detection.
func metaKeys() []string {
	return []string{
		"title", "id", "name", "related", "status", "description", "license", "author", "references", "date", "modified",
		"logsource", "detection", "correlation", "filter", "fields", "falsepositives", "level", "tags", "scope",
		"taxonomy", "action", "simulation", "regression_tests_path", "sigma-version",
	}
}

func (r *reader) meta(src source) Meta {
	s := src.section
	m := Meta{
		Pos: s.pos, Title: r.text(s, "title"), ID: r.text(s, "id"), Name: r.text(s, "name"),
		Status:      r.choice(s, "status", "stable", "test", "experimental", "deprecated", "unsupported"),
		Description: r.text(s, "description"), License: r.text(s, "license"), Author: r.text(s, "author"),
		Date: r.text(s, "date"), Modified: r.text(s, "modified"),
		Level:      r.choice(s, "level", "informational", "low", "medium", "high", "critical"),
		References: r.list(s, "references"), Tags: r.list(s, "tags"), FalsePositives: r.list(s, "falsepositives"),
		Fields: r.list(s, "fields"), Scope: r.list(s, "scope"), Related: r.related(s.values["related"]),
	}
	if m.Title == "" {
		r.fault(s.pos, "the key \"title\" is missing")
	}
	r.lintMeta(s, &m)
	known := metaKeys()
	for _, key := range s.keys {
		if slices.Contains(known, key) {
			continue
		}
		if m.Custom == nil {
			m.Custom = map[string]any{}
		}
		m.Custom[key] = s.values[key].Any()
		if near := document.Suggest(key, known); near != "" {
			f := s.values[key].Pos().Fault("the specification has no key %q", key)
			f.Suggestion = near
			r.warnings = append(r.warnings, f)
		}
	}
	return m
}

// lintMeta warns of what the specification asks for and nothing depends on.
func (r *reader) lintMeta(s section, m *Meta) {
	if m.ID == "" {
		r.warn(s.pos, "the rule has no id")
	} else if !isUUID(m.ID) {
		r.warn(s.values["id"].Pos(), "the id %q is no UUID", m.ID)
	}
	if m.Level == "" {
		r.warn(s.pos, "the rule has no level")
	}
	for _, key := range []string{"date", "modified"} {
		if text := r.text(s, key); text != "" && !isDate(text) {
			r.warn(s.values[key].Pos(), "%s: want a date such as 2026-01-31, found %q", key, text)
		}
	}
	for _, tag := range m.Tags {
		if !strings.Contains(tag, ".") {
			r.warn(s.values["tags"].Pos(), "the tag %q has no namespace such as attack.", tag)
		}
	}
}

func (r *reader) related(n document.Node) []Related {
	var all []Related
	for one := range n.Items() {
		s := newSection(one)
		all = append(all, Related{ID: r.text(s, "id"), Type: r.text(s, "type")})
	}
	return all
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

func isDate(s string) bool {
	if len(s) != 10 {
		return false
	}
	for i := range len(s) {
		if i == 4 || i == 7 {
			if s[i] != '-' && s[i] != '/' {
				return false
			}
		} else if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
