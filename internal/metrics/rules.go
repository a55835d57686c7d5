package metrics

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

const (
	// builtin begins the names of rule files that come with the program.
	builtin = "built-in:"
	// maxRuleFile is the size in bytes of the largest rule file, maxRuleFiles how many there
	// may be.
	maxRuleFile  = 4 << 20
	maxRuleFiles = 1000
)

// IsTest reports whether the name is that of a test beside a rule file.
func IsTest(name string) bool {
	base := strings.TrimSuffix(strings.TrimSuffix(name, ".yaml"), ".yml")
	return strings.HasSuffix(base, "_test") || strings.HasSuffix(base, ".test")
}

// ruleFiles returns the names of the rule files: those of the folder unless it is nil, and
// the user's, which must be there and right.
func (c *Config) ruleFiles(folder fs.FS) ([]string, error) {
	var files []string
	if folder != nil && !c.NoDefaultRules {
		names, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if !IsTest(name) {
				files = append(files, builtin+name)
			}
		}
	}
	own := loader{parser: parser.NewParser(parser.Options{}), log: slog.New(slog.DiscardHandler)}
	for _, pattern := range c.RuleFiles {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pattern, err)
		}
		names = slices.DeleteFunc(names, IsTest)
		if len(names) == 0 && !strings.ContainsAny(pattern, "*?[") {
			return nil, fmt.Errorf("there is no file %s", pattern)
		}
		if err := own.check(names); err != nil {
			return nil, err
		}
		files = append(files, names...)
	}
	if len(files) > maxRuleFiles {
		return nil, fmt.Errorf("%d rule files, want at most %d", len(files), maxRuleFiles)
	}
	return files, nil
}

// loader reads rule files for Prometheus' manager.
type loader struct {
	builtin fs.FS
	parser  parser.Parser
	log     *slog.Logger
}

var _ rules.GroupLoader = (*loader)(nil)

// Load reads one file.
func (l *loader) Load(name string, ignoreUnknown bool, scheme model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	data, err := l.read(name)
	if err != nil {
		return nil, []error{err}
	}
	groups, errs := rulefmt.Parse(data, ignoreUnknown, scheme, l.parser, l.log)
	for i := range errs {
		errs[i] = fmt.Errorf("%s: %w", name, errs[i])
	}
	return groups, errs
}

func (l *loader) read(name string) ([]byte, error) {
	if rest, ok := strings.CutPrefix(name, builtin); ok {
		return fs.ReadFile(l.builtin, rest)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxRuleFile || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file of at most %d bytes", name, maxRuleFile)
	}
	return os.ReadFile(name)
}

// Parse reads an expression.
func (l *loader) Parse(text string) (parser.Expr, error) { return l.parser.ParseExpr(text) }

// check reports all that is wrong with the files.
func (l *loader) check(names []string) error {
	var all []error
	for _, name := range names {
		_, errs := l.Load(name, false, model.UTF8Validation)
		all = append(all, errs...)
	}
	return errors.Join(all...)
}

// useRules puts the rules of the files to work; those that stay the same do not notice.
func (e *Engine) useRules(c *Config, files []string) error {
	if err := e.loader.check(files); err != nil {
		return err
	}
	external := labels.FromStrings()
	if err := e.manager.Update(c.Evaluation, files, external, e.opts.URL, nil); err != nil {
		return err
	}
	about := map[string]ruleAbout{}
	for _, g := range e.manager.RuleGroups() {
		for _, r := range g.AlertingRules() {
			one := about[r.Name()]
			one.interval = max(one.interval, g.Interval())
			one.keep = max(one.keep, r.KeepFiringFor())
			about[r.Name()] = one
		}
	}
	e.keeper.know(about)
	return nil
}

// ask answers a rule's question: here, or by the server that is asked instead.
func (e *Engine) ask(ctx context.Context, text string, at time.Time) (promql.Vector, error) {
	var answer promql.Vector
	var err error
	if e.other != nil {
		answer, err = e.other.instant(ctx, text, at)
	} else {
		answer, err = rules.EngineQueryFunc(e.engine, e.db)(ctx, text, at)
	}
	if err != nil && ctx.Err() == nil {
		e.ruleErrors.Add(1)
	}
	return answer, err
}

// notify takes the alerts of a rule, at each evaluation.
func (e *Engine) notify(_ context.Context, expr string, alerts ...*rules.Alert) {
	all := make([]alert, 0, len(alerts))
	for _, a := range alerts {
		all = append(all, alert{
			name: a.Labels.Get(labels.AlertName), labels: a.Labels.Map(), annotations: a.Annotations.Map(), value: a.Value, expr: expr,
			active: a.ActiveAt, seen: a.LastSentAt, resolved: a.ResolvedAt, until: a.ValidUntil, matched: a.KeepFiringSince.IsZero(),
		})
	}
	e.alertsDropped.Add(e.keeper.take(all))
}
