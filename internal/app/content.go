package app

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/suppression"
	"github.com/sasumata/sasumata/internal/waf"
)

// Blocklist is the name of the table of addresses that nobody should hear from,
// as rules refer to it.
const Blocklist = "blocklist"

// Sources says where content comes from beside the embedded defaults.
type Sources struct {
	// Rules, Pipelines and Patterns are directories or files of the user's own.
	// They are added to the defaults; an id that a default has replaces it. Patterns
	// also names files of rules in SecLang (.conf).
	Rules, Pipelines, Patterns []string
	// Blocklists are files of addresses and networks.
	Blocklists []string
	// Threats are the lists of bad addresses that events are marked by.
	Threats ThreatSources
	// GeoIP are database files (.mmdb) that say where addresses are.
	GeoIP []string
	// Suppressions are directories or files of suppressions.
	Suppressions []string
	// Shelf is the folder of the rules that people write on a running server, and of the
	// modes of rules; "" is none. They replace those of Rules and the defaults.
	Shelf string
	// NoDefaults leaves the embedded rules out.
	NoDefaults bool
	// Enable are the ids of pipelines to run although they are off by default.
	Enable []string
	// Only leaves out what the command does not need: compiling all of it takes a
	// third of a second.
	Only Parts
}

// Parts names parts of the content.
type Parts uint8

// The parts; 0 means all of them.
const (
	PipelinePart Parts = 1 << iota
	PatternPart
	RulePart
)

func (p Parts) has(part Parts) bool { return p == 0 || p&part != 0 }

// Content is everything that decides what events mean: compiled, immutable, and
// shared by all goroutines.
type Content struct {
	// Pipelines normalise events.
	Pipelines    *pipeline.Set
	ownPipelines bool // some of them are the user's
	// Patterns find attacks in requests, and so do the rules in SecLang.
	Patterns *waf.Patterns
	SecLang  *waf.Rules
	// Rules say which events make a signal.
	Rules []*rule.Rule
	homes map[string]home // by the ids of rules
	// Tables are the lists that rules and pipelines look values up in.
	Tables *lookup.Tables
	// Agents takes user agents apart.
	Agents *useragent.Parser
	// Suppressions keep rules quiet; those that are not enabled are left out.
	Suppressions []*suppression.Suppression
	// Places says where addresses are; nil without databases.
	Places geoip.Source
	// Threats marks the events of addresses on threat lists.
	Threats *threat.Set
	// ThreatFeeds are the lists in Threats.
	ThreatFeeds []report.ThreatFeed
	threats     *Threats // as they were read, if they are to be watched
	// Sigma is nil when there are no Sigma rules.
	Sigma *Sigma
	// Warnings are faults that leave something out and stop nothing.
	Warnings []string
}

// LoadContent reads the embedded content and the user's. The error holds the
// faults of all files (document.Faults).
func LoadContent(src Sources) (*Content, error) {
	var faults document.Faults
	note := func(err error) error {
		if wrong, ok := errors.AsType[document.Faults](err); ok {
			faults = append(faults, wrong...)
			return nil
		}
		return err
	}
	if err := src.checkNames(); err != nil {
		return nil, err
	}
	c := &Content{Tables: lookup.NewTables()}
	if err := note(c.loadPipelines(src)); err != nil {
		return nil, err
	}
	if src.Only.has(PatternPart) {
		if err := note(c.loadPatterns(src)); err != nil {
			return nil, err
		}
		if err := note(c.loadSecLang(src)); err != nil {
			return nil, err
		}
	}
	if src.Only.has(RulePart) {
		if err := note(c.loadRules(src)); err != nil {
			return nil, err
		}
		if err := note(c.loadSuppressions(src.Suppressions)); err != nil {
			return nil, err
		}
	}
	if len(src.GeoIP) > 0 {
		places, err := geoip.Open(src.GeoIP...)
		if err != nil {
			return nil, fmt.Errorf("load places: %w", err)
		}
		c.Places = places
	}
	threats, err := LoadThreats(src.Threats)
	if err = note(err); err != nil {
		return nil, err
	}
	if threats != nil {
		c.Threats, c.Warnings = threats.Set, append(c.Warnings, threats.Warnings...)
		c.ThreatFeeds = threats.used()
		if src.Threats.Watch {
			c.threats = threats
		}
	}
	if src.Only.has(RulePart) {
		if err := note(c.loadLists(src)); err != nil {
			return nil, err
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return c, nil
}

func (c *Content) loadPipelines(src Sources) (err error) {
	if c.Agents, err = useragent.New(useragent.Options{}); err != nil {
		return fmt.Errorf("load user agents: %w", err)
	}
	all, err := pipeline.LoadTested(content.FS(), "pipelines")
	if err != nil {
		return err
	}
	for _, name := range src.Pipelines {
		more, err := loadFrom(name, pipeline.Load)
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	if err := enable(all, src.Enable); err != nil {
		return err
	}
	c.Pipelines, c.ownPipelines = pipeline.NewSet(all), len(src.Pipelines) > 0
	return nil
}

// enable switches pipelines on that are off by default.
func enable(all []*pipeline.Loaded, names []string) error {
	ids := make([]string, len(all))
	for i, l := range all {
		ids[i] = l.Pipeline.ID
	}
	for _, name := range names {
		if !slices.Contains(ids, name) {
			hint := ""
			if id := document.Suggest(name, ids); id != "" {
				hint = fmt.Sprintf(" (did you mean %q?)", id)
			}
			return fmt.Errorf("no pipeline has the id %q, so it cannot be enabled%s", name, hint)
		}
		for _, l := range all {
			l.Disabled = l.Disabled && l.Pipeline.ID != name
		}
	}
	return nil
}

func (c *Content) loadPatterns(src Sources) error {
	all, err := loadPatterns(content.FS(), "patterns")
	if err != nil {
		return err
	}
	for _, name := range src.Patterns {
		more, err := loadFrom(name, loadPatterns)
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	c.Patterns, err = waf.Compile(all)
	return err
}

// loadPatterns reads the pattern documents below dir.
func loadPatterns(fsys fs.FS, dir string) ([]waf.Pattern, error) {
	var all []waf.Pattern
	err := fs.WalkDir(fsys, dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !pipeline.IsDocument(file) {
			return err
		}
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		patterns, err := waf.Parse(file, data)
		all = append(all, patterns...)
		return err
	})
	if err != nil {
		if wrong, ok := errors.AsType[document.Faults](err); ok {
			return nil, wrong
		}
		return nil, fmt.Errorf("load patterns: %w", err)
	}
	return all, nil
}
