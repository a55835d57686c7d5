package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/feed"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// threatFlags are the flags of commands that know bad addresses.
type threatFlags struct {
	dir        string
	feeds      string
	own        []string
	allowlists []string
	update     bool // of commands with addWatch

	feedClient *http.Client  // of tests; nil is an ordinary one
	lookEvery  time.Duration // of tests, between looks at the lists; 0 is the usual time
}

// addThreats adds the flags of commands that read logs.
func (f *threatFlags) addThreats(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "threats", "", "folder of threat lists (see sasumata threat update): mark the events of addresses on them")
	f.addFeeds(flags)
	f.addExempt(flags)
}

// addWatch adds the flag of commands that go on and on.
func (f *threatFlags) addWatch(flags *pflag.FlagSet) {
	flags.BoolVar(&f.update, "threats-update", false, "with --top and --threats: download the lists that are due, too, while it goes on")
}

// checkWatch refuses what --threats-update cannot do.
func (f *threatFlags) checkWatch(goesOn bool) error {
	switch {
	case !f.update:
		return nil
	case !goesOn:
		return errors.New("--threats-update is about a run that goes on: it wants --top; sasumata threat update downloads lists before a run")
	case f.dir == "":
		return errors.New("--threats-update wants the folder of the lists: --threats DIR")
	default:
		return nil
	}
}

// checkFeeds refuses --threats-update when there is nothing to download.
func (f *threatFlags) checkFeeds() error {
	if !f.update {
		return nil
	}
	feeds, from, err := app.LoadFeeds(f.threats())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(feeds, func(one *threat.Feed) bool { return one.Enabled && one.URL != "" }) {
		return fmt.Errorf("--threats-update: %s: no feed with a URL is enabled", from)
	}
	return nil
}

// updater returns what downloads lists into the folder.
func (f *threatFlags) updater() *feed.Updater {
	return &feed.Updater{Folder: feed.Folder(f.dir), Client: f.feedClient, Now: time.Now, Agent: "sasumata/" + version()}
}

// watch keeps the content's lists fresh; nil without lists.
func (f *threatFlags) watch(ctx context.Context, c *app.Content, warn func(string)) *app.ThreatWatch {
	opts := app.WatchOptions{Now: time.Now, Every: f.lookEvery, Warn: warn}
	if f.update {
		opts.Updater = f.updater()
	}
	return c.WatchThreats(ctx, f.threats(), opts)
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
