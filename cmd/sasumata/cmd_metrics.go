package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/report"
)

// metricsCommand is the metrics query command.
type metricsCommand struct{ signalsCommand }

func newMetrics(s streams) *cobra.Command {
	return newGroup("metrics", "Ask a running server for series of numbers", newMetricsQuery(s))
}

func newMetricsQuery(s streams) *cobra.Command {
	c := &metricsCommand{signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "query --token-file FILE EXPR",
		Short: "Answer an expression of PromQL as of now",
		Long: `Query prints a line for each series of the answer. The server has series if its
configuration has the key metrics. The token needs the scope metrics:read.`,
		Example: `  sasumata metrics query --token-file me.token 'topk(5, sum by (job) (rate(auth_failures_total[5m])))'
  sasumata metrics query --token-file me.token node_load1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.query(cmd.Context(), args[0]) },
	}
	c.add(cmd)
	return cmd
}

func (c *metricsCommand) query(ctx context.Context, expr string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	list, err := client.QuerySeries(ctx, expr)
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(list)
	}
	for i := range list {
		one := &list[i]
		var labels []string
		for _, name := range slices.Sorted(maps.Keys(one.Metric)) {
			if name != "__name__" {
				labels = append(labels, name+"="+strconv.Quote(one.Metric[name]))
			}
		}
		fmt.Fprintf(c.out, "%s{%s} %v\n", report.Safe(one.Metric["__name__"]), report.Safe(strings.Join(labels, ", ")), one.Value[1])
	}
	if len(list) == 0 {
		fmt.Fprintln(c.err, "sasumata: no series matches")
	}
	return nil
}
