package metrics

import (
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

// prometheusVersion is the version whose API this is: clients go by it.
const prometheusVersion = "3.15.0"

type object = map[string]any

// listRules answers which rules there are, and how they do.
func (e *Engine) listRules(r *http.Request) (any, error) {
	kind := strings.ToLower(r.Form.Get("type"))
	if kind != "" && kind != "alert" && kind != "record" {
		return nil, wrong("type %q, want alert or record", kind)
	}
	sets, err := e.parser.ParseMetricSelectors(r.Form["match[]"])
	if err != nil {
		return nil, wrong("match[]: %v", err)
	}
	chosen := func(key, value string) bool { return len(r.Form[key]) == 0 || slices.Contains(r.Form[key], value) }
	groups := []object{}
	for _, g := range e.manager.RuleGroups() {
		if !chosen("rule_group[]", g.Name()) || !chosen("file[]", g.File()) {
			continue
		}
		list := []object{}
		for _, one := range g.Rules(sets...) {
			if o := ruleObject(one, kind); o != nil && chosen("rule_name[]", one.Name()) {
				list = append(list, o)
			}
		}
		if len(list) == 0 {
			continue
		}
		groups = append(groups, object{
			"name": g.Name(), "file": g.File(), "interval": g.Interval().Seconds(), "limit": g.Limit(), "rules": list,
			"evaluationTime": g.GetEvaluationTime().Seconds(), "lastEvaluation": g.GetLastEvaluation(),
		})
	}
	return object{"groups": groups}, nil
}

// ruleObject returns a rule; nil when another kind is asked for.
func ruleObject(one rules.Rule, kind string) object {
	o := object{
		"name": one.Name(), "query": one.Query().String(), "labels": one.Labels(), "health": one.Health(),
		"evaluationTime": one.GetEvaluationDuration().Seconds(), "lastEvaluation": one.GetEvaluationTimestamp(),
	}
	if err := one.LastError(); err != nil {
		o["lastError"] = err.Error()
	}
	a, ok := one.(*rules.AlertingRule)
	switch {
	case !ok && kind != "alert":
		o["type"] = "recording"
	case ok && kind != "record":
		o["type"], o["state"], o["duration"], o["keepFiringFor"] = "alerting", a.State().String(), a.HoldDuration().Seconds(), a.KeepFiringFor().Seconds()
		o["annotations"], o["alerts"] = a.Annotations(), alertObjects(a)
	default:
		return nil
	}
	return o
}

func alertObjects(a *rules.AlertingRule) []object {
	active := a.ActiveAlerts()
	list := make([]object, 0, len(active))
	for _, one := range active {
		o := object{
			"labels": one.Labels, "annotations": one.Annotations, "state": one.State.String(), "activeAt": one.ActiveAt,
			"value": strconv.FormatFloat(one.Value, 'e', -1, 64),
		}
		if !one.KeepFiringSince.IsZero() {
			o["keepFiringSince"] = one.KeepFiringSince
		}
		list = append(list, o)
	}
	return list
}

// listAlerts answers what fires, and what is about to.
func (e *Engine) listAlerts(*http.Request) (any, error) {
	list := make([]object, 0, 16)
	for _, a := range e.manager.AlertingRules() {
		list = append(list, alertObjects(a)...)
	}
	return object{"alerts": list}, nil
}

// listTargets answers who is asked for series, and how that goes.
func (e *Engine) listTargets(r *http.Request) (any, error) {
	state, pool := strings.ToLower(r.Form.Get("state")), r.Form.Get("scrapePool")
	active, dropped := []object{}, []object{}
	b := labels.NewBuilder(labels.EmptyLabels())
	all := e.scraper.manager.TargetsActive()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if pool != "" && pool != name || state == "dropped" {
			continue
		}
		for _, t := range all[name] {
			lastError := ""
			if err := t.LastError(); err != nil {
				lastError = err.Error()
			}
			active = append(active, object{
				"discoveredLabels": t.DiscoveredLabels(b), "labels": t.Labels(b), "scrapePool": name, "scrapeUrl": t.URL().String(), "globalUrl": t.URL().String(),
				"lastError": lastError, "lastScrape": t.LastScrape(), "lastScrapeDuration": t.LastScrapeDuration().Seconds(), "health": t.Health(),
				"scrapeInterval": t.GetValue(model.ScrapeIntervalLabel), "scrapeTimeout": t.GetValue(model.ScrapeTimeoutLabel),
			})
		}
	}
	for name, targets := range e.scraper.manager.TargetsDropped() {
		if pool != "" && pool != name || state == "active" {
			continue
		}
		for _, t := range targets {
			dropped = append(dropped, object{"discoveredLabels": t.DiscoveredLabels(b), "scrapePool": name})
		}
	}
	return object{"activeTargets": active, "droppedTargets": dropped, "droppedTargetCounts": e.scraper.manager.TargetsDroppedCounts()}, nil
}

// buildInfo says which version of the API this is.
func (*Engine) buildInfo(*http.Request) (any, error) {
	return object{"version": prometheusVersion, "revision": "sasumata", "branch": "", "buildUser": "", "buildDate": "", "goVersion": runtime.Version()}, nil
}

// parseQuery answers what a query is made of.
func (e *Engine) parseQuery(r *http.Request) (any, error) {
	expr, err := e.parser.ParseExpr(r.Form.Get("query"))
	if err != nil {
		return nil, wrong("query: %v", err)
	}
	return tree(expr), nil
}

// tree returns an expression as Prometheus' API writes it.
func tree(n parser.Expr) object {
	switch n := n.(type) {
	case nil:
		return nil
	case *parser.AggregateExpr:
		o := object{"type": "aggregation", "op": n.Op.String(), "expr": tree(n.Expr), "param": nil, "grouping": slices.Concat([]string{}, n.Grouping), "without": n.Without}
		if n.Param != nil {
			o["param"] = tree(n.Param)
		}
		return o
	case *parser.BinaryExpr:
		o := object{"type": "binaryExpr", "op": n.Op.String(), "lhs": tree(n.LHS), "rhs": tree(n.RHS), "matching": nil, "bool": n.ReturnBool}
		if m := n.VectorMatching; m != nil {
			o["matching"] = object{"card": m.Card.String(), "labels": slices.Concat([]string{}, m.MatchingLabels), "on": m.On, "include": slices.Concat([]string{}, m.Include)}
		}
		return o
	case *parser.Call:
		args := []object{}
		for _, a := range n.Args {
			args = append(args, tree(a))
		}
		return object{"type": "call", "func": object{"name": n.Func.Name, "argTypes": n.Func.ArgTypes, "variadic": n.Func.Variadic, "returnType": n.Func.ReturnType}, "args": args}
	case *parser.MatrixSelector:
		o := tree(n.VectorSelector)
		o["type"], o["range"] = "matrixSelector", n.Range.Milliseconds()
		return o
	case *parser.SubqueryExpr:
		return object{"type": "subquery", "expr": tree(n.Expr), "range": n.Range.Milliseconds(), "offset": n.OriginalOffset.Milliseconds(), "step": n.Step.Milliseconds(), "timestamp": n.Timestamp, "startOrEnd": startOrEnd(n.StartOrEnd)}
	case *parser.NumberLiteral:
		return object{"type": "numberLiteral", "val": strconv.FormatFloat(n.Val, 'f', -1, 64)}
	case *parser.ParenExpr:
		return object{"type": "parenExpr", "expr": tree(n.Expr)}
	case *parser.StringLiteral:
		return object{"type": "stringLiteral", "val": n.Val}
	case *parser.UnaryExpr:
		return object{"type": "unaryExpr", "op": n.Op.String(), "expr": tree(n.Expr)}
	case *parser.VectorSelector:
		matchers := []object{}
		for _, m := range n.LabelMatchers {
			matchers = append(matchers, object{"name": m.Name, "value": m.Value, "type": m.Type.String()})
		}
		return object{"type": "vectorSelector", "name": n.Name, "offset": n.OriginalOffset.Milliseconds(), "matchers": matchers, "timestamp": n.Timestamp, "startOrEnd": startOrEnd(n.StartOrEnd)}
	default:
		return object{"type": string(n.Type())}
	}
}

func startOrEnd(i parser.ItemType) any {
	if i == 0 {
		return nil
	}
	return i.String()
}
