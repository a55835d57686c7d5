package app

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/lookup"
)

// loadLists reads the embedded block list and the user's into the table that
// rules refer to. Lines that cannot be read become warnings.
func (c *Content) loadLists(src Sources) error {
	all, err := fs.ReadFile(content.FS(), "lists/blocklist.txt")
	if err != nil {
		return fmt.Errorf("open list: %w", err)
	}
	for _, name := range src.Blocklists {
		data, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read block list: %w", err)
		}
		_, report, err := lookup.ReadList(bytes.NewReader(data), lookup.Limits{})
		if err != nil {
			return fmt.Errorf("block list %s: %w", name, err)
		}
		for _, fault := range report.First {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%s:%v", name, fault))
		}
		if more := report.Faults - len(report.First); more > 0 {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%s: %d more lines that are no address", name, more))
		}
		all = append(append(all, '\n'), data...)
	}
	list, _, err := lookup.ReadList(bytes.NewReader(all), lookup.Limits{})
	if err != nil {
		return fmt.Errorf("block lists: %w", err)
	}
	c.Tables.AddThreats(Blocklist, list)
	exempt := c.Threats.Exempt()
	c.Tables.Exempt(exempt.Own, exempt.Allowed)
	return nil
}
