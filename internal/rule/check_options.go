package rule

import (
	"slices"
	"strings"
)

// The limits of a leaky bucket.
const (
	maxCapacity  = 1 << 20
	maxBlackhole = 366 * 86400
	minLeakSpeed = 1e-6
	maxLeakSpeed = 366 * 86400
)

// The limits of a sequence.
const (
	maxSteps       = 64
	maxTransitions = 256
)

// options checks the method and what it needs.
func (c *checker) options() {
	o := &c.rule.Options
	c.oneOf(&o.Source, "detectionMethod", o.DetectionMethod, false, MethodThreshold, MethodNewValue, MethodAnomaly,
		MethodImpossibleTravel, MethodHardcoded, MethodThirdParty, MethodAnomalyThreshold, MethodSequence, MethodLeakyBucket, MethodIsolationForest)
	c.windows(o)
	c.newValue(o.NewValue)
	c.anomaly(o.Anomaly)
	if o.DetectionMethod == MethodSequence && (o.Sequence == nil || len(o.Sequence.Steps) == 0) {
		c.fault(o.Pos, "the method sequence_detection needs sequenceDetectionOptions with steps")
	}
	c.thirdParty(o)
	c.leakyBucket(o)
}

// windows checks that the durations are of the list, and do not shrink from
// evaluationWindow to keepAlive to maxSignalDuration.
func (c *checker) windows(o *Options) {
	if o.DetectionMethod == MethodThreshold && c.rule.byQueries() && !o.given("evaluationWindow") && o.Line > 0 {
		c.fault(o.Pos, "the key %q is missing: %s seconds", "evaluationWindow", durations())
	}
	right := true
	check := func(key string, s Seconds) {
		if !allowed(s) {
			right = false
			c.fault(o.at(key), "%s is %d: want %s seconds", key, int64(s), durations())
		}
	}
	check("evaluationWindow", o.EvaluationWindow)
	check("keepAlive", o.KeepAlive)
	check("maxSignalDuration", o.MaxSignalDuration)
	switch {
	case !right:
	case o.EvaluationWindow > o.KeepAlive:
		c.fault(o.at("keepAlive"), "keepAlive (%d) is shorter than evaluationWindow (%d)", int64(o.KeepAlive), int64(o.EvaluationWindow))
	case o.KeepAlive > o.MaxSignalDuration:
		c.fault(o.at("maxSignalDuration"), "maxSignalDuration (%d) is shorter than keepAlive (%d)", int64(o.MaxSignalDuration), int64(o.KeepAlive))
	}
}

// allowed reports whether the duration is one that rules may have.
func allowed(s Seconds) bool {
	switch s {
	case 0, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400:
		return true
	default:
		return false
	}
}

func durations() string {
	return "0, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200 or 86400"
}

func (c *checker) newValue(o *NewValueOptions) {
	if o == nil {
		return
	}
	c.oneOf(&o.Source, "learningMethod", o.LearningMethod, true, "duration", "threshold")
	c.within(&o.Source, "learningThreshold", o.LearningThreshold, 0, 1)
	c.within(&o.Source, "forgetAfter", o.ForgetAfter, 0, 366)
	c.within(&o.Source, "learningDuration", o.LearningDuration, 0, 366)
}

func (c *checker) anomaly(o *AnomalyOptions) {
	if o == nil {
		return
	}
	c.oneOf(&o.Source, "detector", o.Detector, true, DetectorDeviation, DetectorSeasonal)
	c.within(&o.Source, "bucketDuration", int64(o.BucketDuration), 300, 10800)
	c.within(&o.Source, "learningDuration", o.LearningDuration, 1, 336)
	c.within(&o.Source, "detectionTolerance", o.DetectionTolerance, 1, 5)
}

// within checks a number that the document gives.
func (c *checker) within(s *Source, key string, n, low, high int64) {
	if s.given(key) && (n < low || n > high) {
		c.fault(s.at(key), "%s is %d: want %d to %d", key, n, low, high)
	}
}

func (c *checker) thirdParty(o *Options) {
	t := o.ThirdParty
	if t == nil {
		if o.DetectionMethod == MethodThirdParty {
			c.fault(o.Pos, "the method third_party needs thirdPartyRuleOptions")
		}
		return
	}
	c.severity(&t.Source, "defaultStatus", t.DefaultStatus, true)
	for i := range t.RootQueries {
		q := &t.RootQueries[i]
		q.Expr = c.search(&q.Source, "query", q.Query)
	}
	if o.DetectionMethod == MethodThirdParty && len(t.RootQueries) == 0 {
		c.fault(t.at("rootQueries"), "the method third_party needs rootQueries")
	}
	title, err := ParseTemplate(t.SignalTitleTemplate)
	if t.SignalTitleTemplate != "" {
		t.Title = title
	}
	c.parsed(&t.Source, "signalTitleTemplate", t.SignalTitleTemplate, err)
}

// leakyBucket checks the parameters of the bucket.
func (c *checker) leakyBucket(o *Options) {
	b := o.LeakyBucket
	if b == nil {
		if o.DetectionMethod == MethodLeakyBucket {
			c.fault(o.Pos, "the method leaky_bucket needs leakyBucket with capacity and leakSpeed")
		}
		return
	}
	c.within(&b.Source, "capacity", b.Capacity, 0, maxCapacity)
	c.within(&b.Source, "blackhole", int64(b.Blackhole), 0, maxBlackhole)
	if b.given("leakSpeed") && !(b.LeakSpeed >= minLeakSpeed && b.LeakSpeed <= maxLeakSpeed) {
		c.fault(b.at("leakSpeed"), "leakSpeed is %g: want %g to %d seconds an event", b.LeakSpeed, minLeakSpeed, maxLeakSpeed)
	}
	if b.given("distinct") && emptyField(b.Distinct) {
		c.fault(b.at("distinct"), "distinct has no name")
	}
	if b.Blackhole > 0 && slices.ContainsFunc(c.rule.Cases, func(k Case) bool { return strings.TrimSpace(k.Condition) != "" }) {
		c.fault(b.at("blackhole"), "blackhole is for rules whose cases have no condition")
	}
}

// stepNames returns the names of the steps of a sequence.
func (c *checker) stepNames() []string {
	var names []string
	if s := c.rule.Options.Sequence; s != nil {
		for i := range s.Steps {
			names = append(names, s.Steps[i].Name)
		}
	}
	return names
}

// sequence checks the steps against the queries, and the transitions against the
// steps.
func (c *checker) sequence(queries []string) {
	s := c.rule.Options.Sequence
	if s == nil {
		return
	}
	if len(s.Steps) > maxSteps || len(s.Transitions) > maxTransitions {
		c.fault(s.Pos, "the sequence has more than %d steps or %d transitions", maxSteps, maxTransitions)
		return
	}
	steps := c.stepNames()
	for i := range s.Steps {
		step := &s.Steps[i]
		if strings.TrimSpace(step.Name) == "" {
			c.fault(step.at("name"), "the step has no name")
		} else if slices.Contains(steps[:i], step.Name) {
			c.fault(step.at("name"), "two steps have the name %q", clip(step.Name))
		}
		if !allowed(step.EvaluationWindow) {
			c.fault(step.at("evaluationWindow"), "evaluationWindow is %d: want %s seconds", int64(step.EvaluationWindow), durations())
		}
		expr, err := ParseCondition(step.Condition, queries)
		c.parsed(&step.Source, "condition", step.Condition, err)
		step.Expr = expr
		if expr != nil && expr.Steps() > 1 {
			c.fault(step.at("condition"), "THEN is not for the steps of a sequence: use a step and a transition")
		}
	}
	for i := range s.Transitions {
		t := &s.Transitions[i]
		for _, end := range []struct{ key, name string }{{"parent", t.Parent}, {"child", t.Child}} {
			if !slices.Contains(steps, end.name) {
				c.suggest(t.at(end.key), end.name, steps, "no step has the name %q; there %s", clip(end.name), listNames(steps))
			}
		}
		if !allowed(t.EvaluationWindow) {
			c.fault(t.at("evaluationWindow"), "evaluationWindow is %d: want %s seconds", int64(t.EvaluationWindow), durations())
		}
	}
}
