package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/detect/correlate"
	"github.com/sasumata/sasumata/internal/rule/match"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

func newSigmaEval(s streams) *cobra.Command {
	flags := &sigmaFlags{}
	var cases, correlations bool
	cmd := &cobra.Command{
		Use:   "eval --rules DIR... < events.jsonl",
		Short: "Say which rules each event matches",
		Long: `Eval reads one line of JSON an event, {"id", "logsource", "event"}, and writes one
line each, {"id", "rules"}. The logsource has a product, and lists of categories
and services; a rule is for an event that carries every label that it asks for.

With --cases each line brings its own rule and events, {"rule", "events"}, and the
answer is {"got"}. With --correlations each line brings a collection of rules and
a stream of events, {"rules", "time_field", "events"}, and the answer says where
each correlation fired, {"fired"}.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			out := bufio.NewWriterSize(s.out, 1<<16)
			var err error
			switch {
			case cases:
				err = evalCases(s, out, flags)
			case correlations:
				err = evalCorrelations(s, out, flags)
			default:
				err = evalEvents(s, out, flags)
			}
			if err != nil {
				return err
			}
			return runError(out.Flush())
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&cases, "cases", false, "each line is a rule with its events")
	cmd.Flags().BoolVar(&correlations, "correlations", false, "each line is a collection with its stream of events")
	cmd.Flags().StringVar(&flags.pipeline, "pipeline", "", "`FILE` with a processing pipeline of pySigma, for its names of fields")
	return cmd
}

// sigmaRow is one event to evaluate.
type sigmaRow struct {
	ID        string          `json:"id"`
	LogSource sigmaSource     `json:"logsource"`
	Event     json.RawMessage `json:"event"`
}

type sigmaSource struct {
	Product  string   `json:"product"`
	Category oneOrAll `json:"category"`
	Service  oneOrAll `json:"service"`
}

// oneOrAll is a list that may be written as one text.
type oneOrAll []string

// UnmarshalJSON reads a text or a list of texts.
func (o *oneOrAll) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var one string
		err := json.Unmarshal(data, &one)
		*o = oneOrAll{one}
		return err
	}
	return json.Unmarshal(data, (*[]string)(o))
}

func evalEvents(s streams, out *bufio.Writer, flags *sigmaFlags) error {
	c, err := flags.load(s)
	if err != nil {
		return err
	}
	set, err := c.Compile(match.Options{})
	if err != nil {
		fmt.Fprintln(s.err, err)
	}
	m := set.NewMatcher()
	return runError(eachLine(s.in, func(line []byte) error {
		var row sigmaRow
		if err := json.Unmarshal(line, &row); err != nil {
			return fmt.Errorf("row: %w", err)
		}
		if err := m.Scan(row.Event); err != nil {
			return fmt.Errorf("event of row %q: %w", row.ID, err)
		}
		src := match.Source{Product: row.LogSource.Product, Categories: row.LogSource.Category, Services: row.LogSource.Service}
		ids := []string{}
		for _, r := range m.Match(src, match.Strict) {
			ids = append(ids, set.ID(r))
		}
		slices.Sort(ids)
		return writeRow(out, struct {
			ID    string   `json:"id"`
			Rules []string `json:"rules"`
		}{row.ID, slices.Compact(ids)})
	}))
}

func evalCases(s streams, out *bufio.Writer, flags *sigmaFlags) error {
	opts, err := flags.options()
	if err != nil {
		return usageError(err)
	}
	return runError(eachLine(s.in, func(line []byte) error {
		var row struct {
			Rule   string            `json:"rule"`
			Events []json.RawMessage `json:"events"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return fmt.Errorf("row: %w", err)
		}
		got, err := evalCase(row.Rule, row.Events, opts)
		if err != nil {
			return writeRow(out, map[string]string{"error": err.Error()})
		}
		return writeRow(out, map[string][]bool{"got": got})
	}))
}

func evalCase(rule string, events []json.RawMessage, opts sigma.Options) ([]bool, error) {
	c := &sigma.Collection{}
	if faults := c.Add("rule", []byte(rule), opts); len(faults) > 0 {
		return nil, faults
	}
	set, err := c.Compile(match.Options{})
	if err != nil {
		return nil, err
	}
	m := set.NewMatcher()
	got := make([]bool, len(events))
	for i, e := range events {
		if err := m.Scan(e); err != nil {
			return nil, err
		}
		got[i] = len(m.Match(match.Source{}, match.NoRouting)) > 0
	}
	return got, nil
}

// firedAt is an event that completed a correlation.
type firedAt struct {
	Event int   `json:"event"`
	Time  int64 `json:"time"`
}

func evalCorrelations(s streams, out *bufio.Writer, flags *sigmaFlags) error {
	opts, err := flags.options()
	if err != nil {
		return usageError(err)
	}
	return runError(eachLine(s.in, func(line []byte) error {
		var row struct {
			Rules     string            `json:"rules"`
			TimeField string            `json:"time_field"`
			Events    []json.RawMessage `json:"events"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return fmt.Errorf("row: %w", err)
		}
		fired, err := evalStream(row.Rules, row.TimeField, row.Events, opts)
		if err != nil {
			return writeRow(out, map[string]string{"error": err.Error()})
		}
		return writeRow(out, map[string]any{"fired": fired})
	}))
}

func evalStream(rules, timeField string, events []json.RawMessage, opts sigma.Options) (map[string][]firedAt, error) {
	c := &sigma.Collection{}
	if faults := c.Add("rules", []byte(rules), opts); len(faults) > 0 {
		return nil, faults
	}
	plan, err := correlate.Compile(c)
	if err != nil {
		return nil, err
	}
	set, err := c.Compile(match.Options{Fields: plan.Fields()})
	if err != nil {
		return nil, err
	}
	engine := correlate.New(plan, correlate.Options{})
	m := set.NewMatcher()
	fired := map[string][]firedAt{}
	var matched []int
	for i, e := range events {
		var at map[string]json.RawMessage
		var seconds float64
		if err := json.Unmarshal(e, &at); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(at[timeField], &seconds); err != nil {
			return nil, fmt.Errorf("event %d: time %q: %w", i, timeField, err)
		}
		if err := m.Scan(e); err != nil {
			return nil, err
		}
		matched = matched[:0]
		for _, r := range m.Match(match.Source{}, match.NoRouting) {
			matched = append(matched, set.Origin(r))
		}
		engine.Observe(int64(seconds*1e9), matched, m.View(), func(f correlate.Firing) {
			name := f.Rule.Name
			if name == "" {
				name = f.Rule.Key()
			}
			fired[name] = append(fired[name], firedAt{i, f.Time / 1e9})
		})
	}
	return fired, nil
}
