package main

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/app"
)

// threatFlags are the flags of commands that know bad addresses.
type threatFlags struct {
	dir        string
	feeds      string
	own        []string
	allowlists []string
}

// addThreats adds the flags of commands that read logs.
func (f *threatFlags) addThreats(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "threats", "", "folder of threat lists (see sasumata threat update): mark the events of addresses on them")
	f.addFeeds(flags)
	f.addExempt(flags)
}

func (f *threatFlags) addFeeds(flags *pflag.FlagSet) {
	flags.StringVar(&f.feeds, "feeds", "", "document that describes the threat feeds; the default is threats.yaml in the folder, or the built-in one")
}

func (f *threatFlags) addExempt(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.own, "own-networks", nil, "addresses and networks of your own: they are on no list; may be repeated")
	flags.StringSliceVar(&f.allowlists, "allowlist", nil, "file of addresses and networks that you trust: they are on no list; may be repeated")
}

// threats turns the flags into what the app wants.
func (f *threatFlags) threats() app.ThreatSources {
	return app.ThreatSources{Dir: f.dir, Feeds: f.feeds, Own: f.own, Allowlists: f.allowlists, Now: time.Now()}
}

// threatDir is where lists go when --dir names no other place: they can be fetched
// again, so they belong into the user's cache.
func threatDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", errors.New("--dir is missing, and this user has no folder for caches")
	}
	return filepath.Join(cache, "sasumata", "threats"), nil
}
