package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/reputation"
)

// reputationFlags are the flags that ask services on the internet about the worst
// addresses. Without a key nobody is asked.
type reputationFlags struct {
	virusTotal string
	abuseIPDB  string
	top        int
	cache      string
	budget     int

	base   string       // of tests; "" is the services' own
	client *http.Client // of tests; nil is an ordinary one
}

// maxTop is the highest number of addresses that one run asks about.
const maxTop = 100

func (f *reputationFlags) addReputation(flags *pflag.FlagSet) {
	flags.StringVar(&f.virusTotal, "virustotal-key-file", "", "file with your key for VirusTotal: ask it about the worst addresses")
	flags.StringVar(&f.abuseIPDB, "abuseipdb-key-file", "", "file with your key for AbuseIPDB: ask it about the worst addresses")
	flags.IntVar(&f.top, "reputation-top", 10, "how many of the worst addresses services are asked about, at most 100")
	flags.IntVar(&f.budget, "reputation-budget", 0, "questions to each service on one day; the default is what free accounts may ask")
	flags.StringVar(&f.cache, "reputation-cache", "", "folder of the answers, kept for a day; the default is sasumata/reputation in your folder for caches")
}

// services returns who is asked: nobody without a key. Keys are read before
// anything else is done, so that a wrong one is told at once.
func (f *reputationFlags) services() ([]*reputation.Client, error) {
	if f.virusTotal == "" && f.abuseIPDB == "" {
		return nil, nil
	}
	if f.top < 1 || f.top > maxTop || f.budget < 0 {
		return nil, fmt.Errorf("--reputation-top %d, --reputation-budget %d: want 1 to %d addresses, and a budget that is not negative", f.top, f.budget, maxTop)
	}
	dir := f.cache
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, errors.New("--reputation-cache is missing, and this user has no folder for caches")
		}
		dir = filepath.Join(cache, "sasumata", "reputation")
	}
	var (
		all  []*reputation.Client
		errs []error
	)
	add := func(flag, path, file string, service func(reputation.Key, string) reputation.Service) {
		if path == "" {
			return
		}
		key, err := reputation.ReadKey(path)
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
			return
		}
		all = append(all, &reputation.Client{
			Service: service(key, f.base), Cache: reputation.OpenCache(filepath.Join(dir, file), 0), HTTP: f.client,
			Now: time.Now, Sleep: reputation.Sleep, Budget: f.budget,
		})
	}
	add("virustotal-key-file", f.virusTotal, "virustotal.json", func(k reputation.Key, base string) reputation.Service { return reputation.NewVirusTotal(k, base) })
	add("abuseipdb-key-file", f.abuseIPDB, "abuseipdb.json", func(k reputation.Key, base string) reputation.Service { return reputation.NewAbuseIPDB(k, base) })
	return all, errors.Join(errs...)
}
