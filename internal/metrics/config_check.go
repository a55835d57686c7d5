package metrics

import (
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/metrics/derive"
	"github.com/sasumata/sasumata/internal/secret"
)

// Check fills in what follows from the rest, and returns what is wrong: of the files of
// rules and targets, too. Here is the place of faults that have none of their own.
func (c *Config) Check(here document.Pos) document.Faults {
	k := document.Checker{Here: here}
	between := func(d, least, most time.Duration, key string) {
		k.Fault(d < least || d > most, c.At, key, "%s wants a duration from %s to %s", key, least, most)
	}
	between(c.Retention, 2*time.Hour, 10*366*24*time.Hour, "retention")
	between(c.Scrape, time.Second, time.Hour, "scrape_interval")
	between(c.Evaluation, time.Second, time.Hour, "evaluation_interval")
	between(c.QueryTimeout, time.Second, 10*time.Minute, "query_timeout")
	k.Fault(c.MaxBytes != 0 && c.MaxBytes < 64<<20, c.At, "max_bytes", "max_bytes wants at least %d, or 0 for no limit", 64<<20)
	k.Fault(c.MaxSamples < 1000 || c.MaxSamples > 500_000_000, c.At, "query_max_samples", "query_max_samples wants a number from 1000 to 500000000")
	k.Fault(c.Queries < 1 || c.Queries > 100, c.At, "query_concurrency", "query_concurrency wants a number from 1 to 100")
	k.Fault(strings.ContainsAny(c.Instance, "\x00\n"), c.At, "instance", "instance wants one line")
	if c.QueryURL != "" {
		k.Fault(!webAddress(c.QueryURL), c.At, "query_url", "query_url %q wants the form http://prometheus.example.com:9090", c.QueryURL)
	}
	k.Fault(c.QueryTokenFile != "" && c.QueryURL == "", c.At, "query_token_file", "query_token_file is for query_url")
	if c.QueryTokenFile != "" {
		_, err := secret.Read(c.QueryTokenFile)
		k.Fault(err != nil, c.At, "query_token_file", "query_token_file: %v", err)
	}
	k.Faults = append(k.Faults, derive.Check(c.Logs)...)
	for i := range c.RemoteWrite {
		c.RemoteWrite[i].check(&k)
	}
	for key, names := range map[string][]string{"rule_files": c.RuleFiles, "scrape_config_files": c.ScrapeFiles} {
		for _, name := range names {
			k.Fault(!filepath.IsAbs(name), c.At, key, "%s %q wants to begin with /: a server has no current folder", key, name)
		}
	}
	if len(k.Faults) > 0 {
		return k.Faults
	}
	if _, err := c.targets(c.jobs(true, true)); err != nil {
		k.Fault(true, c.At, "scrape_configs", "scrape_configs: %v", err)
	}
	_, err := c.ruleFiles(nil)
	k.Fault(err != nil, c.At, "rule_files", "rule_files: %v", err)
	return k.Faults
}

func (r *RemoteWrite) check(k *document.Checker) {
	k.Fault(r.URL != "" && !webAddress(r.URL), r.At, "url", "url %q wants the form https://prometheus.example.com/api/v1/write", r.URL)
	k.Fault(r.Queue != 0 && (r.Queue < 1000 || r.Queue > 10_000_000), r.At, "queue_samples", "queue_samples wants a number from 1000 to 10000000")
	if r.TokenFile != "" {
		var err error
		r.token, err = secret.Read(r.TokenFile)
		k.Fault(err != nil, r.At, "token_file", "token_file: %v", err)
	}
}

func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// settings are what a configuration says that is at work after a restart only.
func (c *Config) settings() Config {
	s := *c
	s.ScrapeConfigs, s.ScrapeFiles, s.RuleFiles, s.NoDefaultRules, s.Logs, s.NoDefaultLogs, s.At = nil, nil, nil, false, nil, false, nil
	s.Scrape, s.Evaluation, s.NoHost, s.NoOwn = 0, 0, false, false
	return s
}

// Settings returns the part of the configuration that is at work after a restart only, to
// compare it with another one's.
func (c *Config) Settings() *Config {
	s := c.settings()
	return &s
}
