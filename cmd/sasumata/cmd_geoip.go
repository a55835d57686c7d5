package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
)

// geoIP is the geoip command: addresses in, places out.
type geoIP struct {
	streams

	databases []string
	table     string
}

func newGeoIP(s streams) *cobra.Command {
	g := &geoIP{streams: s}
	cmd := &cobra.Command{
		Use:   "geoip --db FILE.mmdb",
		Short: "Look addresses up in geo databases",
		Long: `Geoip reads one address a line and prints what the databases know of it as one
JSON object: country, city, location, timezone, as. Databases are files in
MaxMind's format, such as GeoLite2-City.mmdb and GeoLite2-ASN.mmdb.`,
		Example: `  echo 192.0.2.1 | sasumata geoip --db GeoLite2-City.mmdb --db GeoLite2-ASN.mmdb`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return g.run() },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&g.databases, "db", nil, "database in MaxMind's format; may be repeated")
	flags.StringVar(&g.table, "geo-static", "", "JSON file with fixed answers instead of databases")
	return cmd
}

func (g *geoIP) run() error {
	if len(g.databases) == 0 && g.table == "" {
		return errors.New("--db FILE is missing")
	}
	databases, err := geoip.Open(g.databases...)
	if err != nil {
		return usageError(err)
	}
	var source geoip.Source = databases
	if g.table != "" {
		if source, err = geoip.OpenStatic(g.table); err != nil {
			return usageError(err)
		}
	}
	lines := bufio.NewScanner(g.in)
	out := bufio.NewWriter(g.out)
	e := event.New()
	var buf []byte
	for lines.Scan() {
		e.Reset()
		answer, ok := source.Lookup(e, strings.TrimSpace(lines.Text()))
		if !ok {
			answer = e.NewObject()
		}
		buf = append(e.AppendJSON(buf[:0], answer), '\n')
		if _, err := out.Write(buf); err != nil {
			return runError(err)
		}
	}
	if err := errors.Join(lines.Err(), out.Flush()); err != nil {
		return runError(err)
	}
	if n, first := databases.Faults(); n > 0 {
		return usageError(fmt.Errorf("a database is corrupt, lookups that failed: %d, the first: %w", n, first))
	}
	return nil
}
