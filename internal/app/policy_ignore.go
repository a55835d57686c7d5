package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/dockerfile"
	"github.com/sasumata/sasumata/internal/posture/ignore"
	"github.com/sasumata/sasumata/internal/scan"
)

// ignored returns what comments in the file hold back, by the number of the finding,
// and what is wrong with those comments.
func (o *PolicyOptions) ignored(ctx context.Context, engine *posture.Engine, in posture.Input, text string, found []posture.Finding) (map[int]*scan.Suppressed, []posture.Finding, error) {
	statement := ignore.Indented(text)
	if d, ok := in.Document.(*dockerfile.Document); ok {
		statement = instructions(d)
	}
	comments := ignore.Parse(text, statement, o.Now)
	if len(comments) == 0 {
		return nil, nil, nil
	}
	held := map[int]*scan.Suppressed{}
	for i, f := range found {
		for n := range comments {
			c := &comments[n]
			if !c.Means(f.Line, append([]string{f.Check.ID}, f.Aliases...)) {
				continue
			}
			c.Held++
			if c.Holds() && held[i] == nil {
				held[i] = &scan.Suppressed{By: "comment", Name: fmt.Sprintf("%s:%d %s", in.File, c.Line, strings.Join(c.IDs, ",")), Reason: c.Reason, Until: c.Until}
			}
		}
	}
	more, err := engine.Evaluate(ctx, posture.Input{Kind: posture.Comments, File: in.File, Document: map[string]any{"comments": comments}})
	return held, more, err
}

// instructions returns the statements of a Dockerfile: the instruction that follows a
// line, or the rest of the one that the line stands in.
func instructions(d *dockerfile.Document) ignore.Statement {
	return func(line int) (from, to int) {
		for _, i := range d.Instructions {
			switch {
			case i.Line > line:
				return i.Line, i.EndLine
			case i.EndLine > line:
				return line + 1, i.EndLine
			}
		}
		return 0, -1
	}
}
