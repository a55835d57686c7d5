package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// pipelineRun is the pipeline run command.
type pipelineRun struct {
	streams

	file      string
	tz        string
	now       string
	geoStatic string
}

func newPipelineRun(s streams) *cobra.Command {
	r := &pipelineRun{streams: s}
	cmd := &cobra.Command{
		Use:   "run --pipeline FILE",
		Short: "Run one pipeline over logs, as Datadog's pipeline tests do",
		Long: `Run reads one JSON object a line, {"message", "ddsource", "service", "tags"}, runs
the pipeline over it and prints {"custom", "message", "status", "service", "tags",
"timestamp"}. The pipeline is a file of Datadog's, an asset in YAML or the JSON of
its API, or one of ours.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return r.run() },
	}
	flags := cmd.Flags()
	flags.StringVar(&r.file, "pipeline", "", "the pipeline's file")
	flags.StringVar(&r.tz, "tz", "UTC", "time zone of dates that name none")
	flags.StringVar(&r.now, "now", "", "the time (RFC 3339) that incomplete dates are completed by; the default is the clock")
	flags.StringVar(&r.geoStatic, "geo-static", "", "JSON file with the places of addresses, for geo-ip-parser")
	return cmd
}

// record is one line of input.
type record struct {
	Message string   `json:"message"`
	Source  string   `json:"ddsource"`
	Service string   `json:"service"`
	Tags    []string `json:"tags"`
}

// maxRecord is the length of the longest line of input, in bytes.
const maxRecord = 16 << 20

func (r *pipelineRun) run() error {
	if r.file == "" {
		return errors.New("--pipeline FILE is missing")
	}
	clock, err := (&intakeFlags{tz: r.tz, now: r.now}).clock()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(r.file)
	if err != nil {
		return usageError(err)
	}
	loaded, err := pipeline.Parse(r.file, data, pipeline.ParseOptions{Lenient: true})
	if err != nil {
		return usageError(err)
	}
	m, err := r.machine(clock)
	if err != nil {
		return usageError(err)
	}
	lines := bufio.NewScanner(r.in)
	lines.Buffer(make([]byte, 0, 64<<10), maxRecord)
	out := bufio.NewWriter(r.out)
	e := event.New()
	var buf []byte
	for n := 1; lines.Scan(); n++ {
		var rec record
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil {
			return runError(fmt.Errorf("line %d: %w", n, err))
		}
		e.Reset()
		e.Source, e.Service, e.Tags = rec.Source, rec.Service, append(e.Tags, rec.Tags...)
		m.RunRecord(loaded.Pipeline, e, rec.Message)
		buf = append(m.AppendResult(buf[:0], e), '\n')
		if _, err := out.Write(buf); err != nil {
			return runError(err)
		}
	}
	return runError(errors.Join(lines.Err(), out.Flush()))
}

// machine returns a machine that knows user agents and places.
func (r *pipelineRun) machine(clock dates.Clock) (*pipeline.Machine, error) {
	m := pipeline.NewMachine(clock)
	var err error
	if m.Agents, err = useragent.New(useragent.Options{}); err != nil {
		return nil, err
	}
	if r.geoStatic != "" {
		if m.Geo, err = geoip.OpenStatic(r.geoStatic); err != nil {
			return nil, err
		}
	}
	return m, nil
}
