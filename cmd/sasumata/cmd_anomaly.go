package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/detect/anomaly"
)

func newAnomaly(s streams) *cobra.Command {
	return newGroup("anomaly", "Score what is unusual in numbers", newAnomalyScore(s), newAnomalyForest(s))
}

// anomalyScore is the anomaly score command: one series over time.
type anomalyScore struct {
	streams

	output string
	cfg    anomaly.Config
}

func newAnomalyScore(s streams) *cobra.Command {
	a := &anomalyScore{streams: s}
	cmd := &cobra.Command{
		Use:   "score FILE|-",
		Short: "Score each value of a series by what came before",
		Long: fmt.Sprintf(`Score reads a series in CSV (timestamp,value) and prints one score from 0 to 1 a
row, as soon as it has read the row. A score of %v or more is worth a look. With
-o jsonl it says why.`, anomaly.Threshold),
		Example: `  sasumata anomaly score requests-per-minute.csv
  sasumata anomaly score -o jsonl --floor 5 failed-logins.csv`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.run(args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&a.output, "output", "o", "text", "text (a score a line) or jsonl (with the reasons)")
	flags.Float64Var(&a.cfg.Floor, "floor", 0, "smallest difference that matters, in the unit of the values")
	flags.DurationVar(&a.cfg.Period, "period", 24*time.Hour, "length of the season, such as 168h for a week")
	flags.IntVar(&a.cfg.Slots, "slots", 24, "parts of the season that have a usual value each")
	return cmd
}

func (a *anomalyScore) run(file string) error {
	if err := checkOutput(a.output); err != nil {
		return err
	}
	detector, err := anomaly.NewDetector(a.cfg)
	if err != nil {
		return usageError(err)
	}
	in, closeIn, err := a.open(file)
	if err != nil {
		return usageError(err)
	}
	defer closeIn()
	out := scoreWriter{out: bufio.NewWriter(a.out), jsonl: a.output == "jsonl"}
	var reasons []anomaly.Reason
	err = anomaly.ReadSeries(in, func(t time.Time, value float64) error {
		score := detector.Observe(t, value)
		if !out.jsonl {
			return out.text(score)
		}
		reasons = detector.Reasons(reasons[:0])
		return out.object(map[string]any{"timestamp": t.Format(time.RFC3339Nano), "value": jsonNumber(value)}, score, sentences(reasons))
	})
	return out.finish(file, err)
}

// open opens a file, or standard input for "-".
func (a *anomalyScore) open(file string) (r io.Reader, closeFile func(), err error) {
	if file == "-" {
		return a.in, func() {}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil
}

// anomalyForest is the anomaly iforest command: feature vectors.
type anomalyForest struct {
	streams

	output string
	cfg    anomaly.ForestConfig
}

func newAnomalyForest(s streams) *cobra.Command {
	a := &anomalyForest{streams: s}
	cmd := &cobra.Command{
		Use:   "iforest",
		Short: "Score the rows of a table by how they differ from the others",
		Long: `Iforest reads a table of numbers in CSV with a header from standard input, grows
an isolation forest from it, and prints one score from 0 to 1 a row; the larger,
the stranger. The same seed gives the same scores. With -o jsonl it names the
features that make a row strange.`,
		Example: `  sasumata anomaly iforest --seed 1 < clients.csv`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.run() },
	}
	flags := cmd.Flags()
	flags.StringVarP(&a.output, "output", "o", "text", "text (a score a line) or jsonl (with the reasons)")
	flags.Uint64Var(&a.cfg.Seed, "seed", 1, "seed of the random choices")
	flags.IntVar(&a.cfg.Trees, "trees", 100, "number of trees")
	flags.IntVar(&a.cfg.Sample, "sample", 256, "rows that a tree is grown from")
	return cmd
}

func (a *anomalyForest) run() error {
	if err := checkOutput(a.output); err != nil {
		return err
	}
	table, err := anomaly.ReadTable(a.in)
	if err != nil {
		return usageError(fmt.Errorf("read the table: %w", err))
	}
	out := scoreWriter{out: bufio.NewWriter(a.out), jsonl: a.output == "jsonl"}
	if table.Rows() == 0 {
		return nil
	}
	forest, err := anomaly.TrainForest(table, a.cfg)
	if err != nil {
		return usageError(err)
	}
	scores, err := forest.ScoreTable(table)
	if err != nil {
		return runError(err)
	}
	var parts []anomaly.Contribution
	for i, score := range scores {
		if !out.jsonl {
			err = out.text(score)
		} else {
			parts = forest.Explain(parts[:0], table.Row(i))
			err = out.object(map[string]any{}, score, sentences(strange(parts)))
		}
		if err != nil {
			break
		}
	}
	return out.finish("the scores", err)
}

// strange returns the few leading contributions that make a row strange.
func strange(parts []anomaly.Contribution) []anomaly.Contribution {
	const most, least = 5, 0.01
	n := 0
	for n < min(most, len(parts)) && parts[n].Share >= least {
		n++
	}
	return parts[:n]
}

// sentences returns what each of the items says.
func sentences[T fmt.Stringer](items []T) []string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return texts
}

// jsonNumber returns x as a value for JSON, which has no NaN and no infinity.
func jsonNumber(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

// writeError is a fault of the output, as opposed to one of the input.
type writeError struct{ cause error }

// Error returns the cause's text.
func (e *writeError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *writeError) Unwrap() error { return e.cause }

// scoreWriter prints scores.
type scoreWriter struct {
	out   *bufio.Writer
	jsonl bool
	buf   []byte
}

// text prints a bare score.
func (w *scoreWriter) text(score float64) error {
	w.buf = append(strconv.AppendFloat(w.buf[:0], score, 'g', -1, 64), '\n')
	return w.write()
}

// object prints a score with its reasons and whatever else it is of.
func (w *scoreWriter) object(of map[string]any, score float64, reasons []string) error {
	of["score"] = score
	if len(reasons) > 0 {
		of["reasons"] = reasons
	}
	text, err := json.Marshal(of)
	if err != nil {
		return err
	}
	w.buf = append(append(w.buf[:0], text...), '\n')
	return w.write()
}

func (w *scoreWriter) write() error {
	if _, err := w.out.Write(w.buf); err != nil {
		return &writeError{err}
	}
	return nil
}

// finish ends the output and gives the error of reading or writing its exit code.
func (w *scoreWriter) finish(input string, err error) error {
	if flushed := w.out.Flush(); flushed != nil && err == nil {
		err = &writeError{flushed}
	}
	if _, ok := errors.AsType[*writeError](err); ok {
		return runError(err)
	}
	if err != nil {
		return usageError(fmt.Errorf("read %s: %w", input, err))
	}
	return nil
}
