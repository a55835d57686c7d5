package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/source"
)

// intakeFlags are the flags of every command that reads logs.
type intakeFlags struct {
	source    string
	tz        string
	now       string
	workers   int
	pipelines []string
	geoip     []string
	geoStatic string
	noRedact  bool
	enable    []string
	multiline string // of commands with addMultiline
}

func (f *intakeFlags) add(flags *pflag.FlagSet) {
	f.addParsing(flags)
	flags.IntVar(&f.workers, "workers", 0, "goroutines that parse; 0 is one for each processor")
	flags.BoolVar(&f.noRedact, "no-redact", false, "leave passwords, tokens, keys and card numbers readable")
}

// addParsing adds the flags that decide what a line means.
func (f *intakeFlags) addParsing(flags *pflag.FlagSet) {
	flags.StringVar(&f.source, "source", "", "what wrote the lines (sshd, nginx, json ..); the default is to find out, line by line")
	flags.StringVar(&f.tz, "tz", "UTC", "time zone of dates that name none, such as Asia/Tokyo or Local")
	flags.StringVar(&f.now, "now", "", "the time (RFC 3339) that dates without a year are completed by; the default is the clock")
	flags.StringSliceVar(&f.geoip, "geoip", nil, "GeoIP or ASN database (.mmdb) to place addresses with; may be repeated")
	flags.StringVar(&f.geoStatic, "geo-static", "", "JSON file that places addresses instead of a database")
	flags.StringSliceVar(&f.enable, "enable", nil, "id of a pipeline that is off by default, such as ocsf; may be repeated")
	flags.StringSliceVar(&f.pipelines, "pipelines", nil, "directory or file with pipelines of your own; may be repeated")
}

// refuseEmpty makes the lists among the flags refuse an empty name: it comes from a
// variable of a script that was never set, and whatever it was to name is missing.
func refuseEmpty(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if list, ok := f.Value.(listValue); ok {
			f.Value, f.DefValue = nonEmpty{list}, "" // no default that the help would name
		}
	})
}

// listValue is a flag that may be repeated.
type listValue interface {
	pflag.Value
	pflag.SliceValue
}

// nonEmpty is a list without empty names.
type nonEmpty struct{ listValue }

// Set adds the names.
func (n nonEmpty) Set(text string) error {
	if err := n.listValue.Set(text); err != nil {
		return err
	}
	if text == "" || slices.Contains(n.GetSlice(), "") {
		return errors.New("want a name")
	}
	return nil
}

// addMultiline adds the flag of commands that can join lines into records.
func (f *intakeFlags) addMultiline(flags *pflag.FlagSet, byDefault string) {
	flags.StringVar(&f.multiline, "multiline", byDefault, "join lines into records: auto (stack traces, indented lines, audit events), off, or a regular expression for the first line of a record")
}

// addSuppressions adds the flag of commands that detect.
func addSuppressions(flags *pflag.FlagSet, into *[]string) {
	flags.StringSliceVar(into, "suppressions", nil, "directory or file with suppressions, as Datadog's API has them or as YAML; may be repeated")
}

// addBaseline adds the flag of commands whose rules can learn from older logs.
func addBaseline(flags *pflag.FlagSet, into *[]string) {
	flags.StringSliceVar(into, "baseline", nil, "older log, read first: rules about what is new or unusual learn from it, and find nothing there; may be repeated")
}

// intake turns the flags into what the app wants.
func (f *intakeFlags) intake(s streams) (app.Intake, error) {
	clock, err := f.clock()
	if err != nil {
		return app.Intake{}, err
	}
	join, err := source.ParseJoin(f.multiline)
	if err != nil {
		return app.Intake{}, fmt.Errorf("--multiline %q: %w", f.multiline, err)
	}
	places, err := f.places()
	return app.Intake{Source: f.source, Join: join, Clock: clock, Workers: f.workers, Stdin: s.in, Geo: places, NoRedact: f.noRedact}, err
}

// content reads the content that the flags and src name, and says what was left
// out of it.
func (f *intakeFlags) content(src app.Sources, warnings io.Writer) (*app.Content, error) {
	// Loading leaves much garbage at once, which takes a tenth of its time to collect.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	src.Pipelines, src.Enable = f.pipelines, f.enable
	content, err := app.LoadContent(src)
	if err != nil {
		return nil, usageError(err)
	}
	for _, text := range content.Warnings {
		fmt.Fprintf(warnings, "sasumata: %s\n", text)
	}
	return content, nil
}

// places opens what --geoip or --geo-static names; nil without them.
func (f *intakeFlags) places() (geoip.Source, error) {
	switch {
	case f.geoStatic != "" && len(f.geoip) > 0:
		return nil, errors.New("--geoip and --geo-static exclude each other")
	case f.geoStatic != "":
		places, err := geoip.OpenStatic(f.geoStatic)
		if err != nil {
			return nil, err // a nil *Static would not be a nil Source
		}
		return places, nil
	case len(f.geoip) > 0:
		places, err := geoip.Open(f.geoip...)
		if err != nil {
			return nil, err
		}
		return places, nil
	default:
		return nil, nil //nolint:nilnil // no database is no fault
	}
}

func (f *intakeFlags) clock() (dates.Clock, error) {
	zone, err := time.LoadLocation(f.tz)
	if err != nil {
		return dates.Clock{}, fmt.Errorf("--tz %q is no time zone, want a name such as Asia/Tokyo", f.tz)
	}
	clock := dates.Clock{Now: time.Now(), Location: zone}
	if f.now != "" {
		if clock.Now, err = time.Parse(time.RFC3339, f.now); err != nil {
			return clock, fmt.Errorf("--now %q is no time, want the form 2026-01-31T12:00:00Z", f.now)
		}
	}
	return clock, nil
}

// checkOutput refuses what --output does not know.
func checkOutput(output string) error {
	if output != "text" && output != "jsonl" {
		return fmt.Errorf("--output %q, want text or jsonl", output)
	}
	return nil
}

// lang returns the language of --lang, or that of the environment.
func lang(flag string) (report.Lang, error) {
	if flag == "" {
		return report.FromEnv(os.Getenv), nil
	}
	l, err := report.ParseLang(flag)
	if err != nil {
		return l, fmt.Errorf("--lang: %w", err)
	}
	return l, nil
}

// useColor decides whether output to w is coloured: a terminal, unless NO_COLOR
// is set (no-color.org).
func useColor(w any) bool { return isTerminal(w) && os.Getenv("NO_COLOR") == "" }
