package metrics

import (
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/metrics/derive"
)

// The values of what a Config does not say.
const (
	// DefaultRetention is how long samples are kept.
	DefaultRetention = 15 * 24 * time.Hour
	// DefaultMaxBytes is how much of the disk they may take.
	DefaultMaxBytes = 2 << 30
	// DefaultScrape is how often targets are asked, DefaultEvaluation how often rules are.
	DefaultScrape     = 15 * time.Second
	DefaultEvaluation = 30 * time.Second
	// DefaultMaxSamples is how many samples a query may hold in memory: 16 bytes each.
	DefaultMaxSamples = 5_000_000
	// DefaultQueryTimeout is how long a query may take.
	DefaultQueryTimeout = 30 * time.Second
	// DefaultQueries is how many queries of the API run at a time.
	DefaultQueries = 4
)

// Config says which series there are, and which rules look at them. Its comments are the
// reference in docs/metrics.md.
type Config struct {
	// Retention is how long samples are kept, MaxBytes how much of the disk they may take:
	// what is older, or too much, goes by blocks of two hours or more.
	Retention time.Duration `doc:"retention"`
	MaxBytes  int64         `doc:"max_bytes"`
	// Scrape is how often targets are asked that do not say it themselves, Evaluation how
	// often rules are looked at whose group does not.
	Scrape     time.Duration `doc:"scrape_interval"`
	Evaluation time.Duration `doc:"evaluation_interval"`
	// Instance is the label of series of this machine; "" is its name.
	Instance string `doc:"instance"`
	// NoHost leaves out the series of this machine, NoOwn those of the server itself.
	NoHost bool `doc:"no_host_series"`
	NoOwn  bool `doc:"no_own_series"`
	// ScrapeConfigs are targets as scrape_configs of prometheus.yml has them, ScrapeFiles
	// names of files that hold such a list (scrape_config_files there).
	ScrapeConfigs []document.Node `doc:"scrape_configs"`
	ScrapeFiles   []string        `doc:"scrape_config_files,single"`
	// RuleFiles are rule files of Prometheus, with wildcards.
	RuleFiles []string `doc:"rule_files,single"`
	// NoDefaultRules leaves the built-in ones out.
	NoDefaultRules bool `doc:"no_default_rules"`
	// QueryURL is another Prometheus, VictoriaMetrics or Thanos that rules and the API ask
	// instead of the samples kept here; QueryTokenFile holds a bearer token for it.
	QueryURL       string `doc:"query_url"`
	QueryTokenFile string `doc:"query_token_file"`
	// Logs are series that are counted from events, NoDefaultLogs leaves the built-in ones out.
	Logs          []derive.Metric `doc:"log_metrics"`
	NoDefaultLogs bool            `doc:"no_default_log_metrics"`
	// RemoteWrite are servers to which all samples go, too.
	RemoteWrite []RemoteWrite `doc:"remote_write"`
	// MaxSamples is how many samples a query may hold, QueryTimeout how long it may take,
	// Queries how many run at a time.
	MaxSamples   int           `doc:"query_max_samples"`
	QueryTimeout time.Duration `doc:"query_timeout"`
	Queries      int           `doc:"query_concurrency"`

	At map[string]document.Pos `doc:",positions"`

	// Dir is the folder for samples and what is known of alerts.
	Dir string
	// Hostname is what Instance is when it says nothing.
	Hostname string
}

// RemoteWrite is a server that takes samples by Prometheus' remote write, version 1.
type RemoteWrite struct {
	document.Pos

	// URL is where it takes them.
	URL string `doc:"url,required"`
	// TokenFile holds a bearer token; only its owner may read it.
	TokenFile string `doc:"token_file"`
	// Queue is how many samples may wait: with more, the oldest are dropped and counted; 0
	// means 120000.
	Queue int `doc:"queue_samples"`

	At map[string]document.Pos `doc:",positions"`

	token string
}

// DefaultQueue is how many samples wait for a server that does not answer: half an hour of
// a thousand series every 15 seconds.
const DefaultQueue = 120_000

// Default returns the configuration of those who only write `metrics: {}`.
func Default() *Config {
	return &Config{
		Retention: DefaultRetention, MaxBytes: DefaultMaxBytes, Scrape: DefaultScrape, Evaluation: DefaultEvaluation,
		MaxSamples: DefaultMaxSamples, QueryTimeout: DefaultQueryTimeout, Queries: DefaultQueries,
	}
}

// instance returns the label of series of this machine.
func (c *Config) instance() string {
	switch {
	case c.Instance != "":
		return c.Instance
	case c.Hostname != "":
		return c.Hostname
	default:
		return "localhost"
	}
}
