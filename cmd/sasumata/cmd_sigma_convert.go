package main

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/rule/sigma"
)

func newSigmaConvert(s streams) *cobra.Command {
	flags := &sigmaFlags{}
	cmd := &cobra.Command{
		Use:   "convert --rules DIR",
		Short: "Print rules as searches in the query language, one line of JSON a rule",
		Long: `Convert writes {"id", "title", "level", "query"} for each rule whose condition the
search language can say, and {"id", "title", "error"} for the others. Use
--mapping to rename fields to the attributes of your events.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := flags.load(s)
			if err != nil {
				return err
			}
			out := bufio.NewWriter(s.out)
			said := 0
			for _, r := range c.Rules {
				row := map[string]string{"id": r.Key(), "title": r.Title, "level": r.Level}
				if query, err := sigma.Query(r.Expr); err != nil {
					row["error"] = err.Error()
				} else {
					row["query"] = query
					said++
				}
				if err := writeRow(out, row); err != nil {
					return runError(err)
				}
			}
			if err := out.Flush(); err != nil {
				return runError(err)
			}
			fmt.Fprintf(s.err, "%d of %d rules converted\n", said, len(c.Rules))
			return nil
		},
	}
	flags.register(cmd)
	return cmd
}
