package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/shelf"
)

// home is where a rule stands.
type home struct {
	pos            document.Pos
	shipped, yours bool
	enabled        bool  // as its text says
	beneath        *home // of the one that a rule of the shelf replaces
}

// text returns the file that the rule stands in.
func (h *home) text() (string, error) {
	if h.shipped {
		data, err := fs.ReadFile(content.FS(), h.pos.File)
		return string(data), err
	}
	data, err := os.ReadFile(h.pos.File)
	return string(data), err
}

// within reports whether the file is in the folder.
func within(dir, file string) bool { return filepath.Dir(file) == filepath.Clean(dir) }

// loadRules reads the built-in rules, those of files, and those of the shelf. Of several
// with the same id the last one stays.
func (c *Content) loadRules(src Sources) error {
	c.homes = map[string]home{}
	if !src.NoDefaults {
		rules, err := rule.Load(content.FS(), "rules")
		if err != nil {
			return err
		}
		for _, r := range rules {
			c.addRule(r, home{pos: r.Pos, shipped: true})
		}
	}
	names, modes := src.Rules, shelf.Modes{}
	if src.Shelf != "" {
		var err error
		if modes, err = shelf.ReadModes(src.Shelf); err != nil {
			return err
		}
		if _, err := os.Stat(shelf.Current(src.Shelf)); err == nil {
			names = append(slices.Clip(names), shelf.Current(src.Shelf))
		}
	}
	rules, covered, err := c.loadUserRules(names, src.Shelf)
	if err != nil {
		return err
	}
	for _, r := range rules {
		h := home{pos: r.Pos}
		if strings.HasPrefix(r.ID, sigmaID) {
			h.pos.File = strings.TrimSuffix(h.pos.File, sigmaFile)
		}
		h.yours = src.Shelf != "" && within(shelf.Current(src.Shelf), h.pos.File)
		if pos, ok := covered[r.ID]; ok {
			h.beneath = &home{pos: pos}
		}
		c.addRule(r, h)
	}
	for _, r := range c.Rules {
		modes.Apply(r)
	}
	return nil
}

// addRule adds a rule, or puts it in the place of the one with the same id.
func (c *Content) addRule(r *rule.Rule, h home) {
	h.enabled = r.Enabled
	if before, there := c.homes[r.ID]; there {
		if h.yours && !before.yours {
			h.beneath = &before
		}
		i := slices.IndexFunc(c.Rules, func(other *rule.Rule) bool { return other.ID == r.ID })
		c.Rules[i] = r
	} else {
		c.Rules = append(c.Rules, r)
	}
	c.homes[r.ID] = h
}
