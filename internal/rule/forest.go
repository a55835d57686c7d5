package rule

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/document"
)

// ScoreName is how the conditions of a rule of the method isolation_forest name the
// score, beside the queries.
const ScoreName = "score"

// The features that are the time of the bucket, in UTC.
const (
	FeatureHour    = "hour"
	FeatureWeekday = "weekday"
)

// The limits of an isolation forest.
const (
	maxFeatures      = 16
	minForestBucket  = 60
	maxForestBucket  = 86400
	maxForestHours   = 336 // two weeks, as for anomaly_detection
	minForestRows    = 64
	maxForestRows    = 4096 // no more are kept
	maxContamination = 0.1
)

// defaultForestBucket is the length of a bucket in seconds.
const defaultForestBucket Seconds = 3600

// IsolationForest says what a bucket of a group's events is described by, and how
// long the rule learns which buckets are usual.
type IsolationForest struct {
	Source
	// BucketDuration is the length of a bucket in seconds, 60 to 86400; the default
	// is 3600.
	BucketDuration Seconds `doc:"bucketDuration"`
	// Features are the numbers that describe a bucket, at most 16.
	Features []Feature `doc:"features,required"`
	// LearningDuration is for how many hours after its first bucket the rule only
	// learns, 1 to 336; the default is 24.
	LearningDuration int64 `doc:"learningDuration"`
	// LearningBuckets is how many buckets it must have learnt as well, 64 to 4096;
	// the default is 256.
	LearningBuckets int64 `doc:"learningBuckets"`
	// RetrainInterval is after how many hours the forest is grown anew, 1 to 336; the
	// default is 24.
	RetrainInterval int64 `doc:"retrainInterval"`
	// Contamination is the share of the learnt buckets that may have been attacks, 0
	// to 0.1: what is no stranger than one of the others is not found. The default is
	// 0.002.
	Contamination float64 `doc:"contamination"`
	// InstantaneousBaseline learns from the stored past at once.
	InstantaneousBaseline bool `doc:"instantaneousBaseline"`
}

// Feature is one number that describes a bucket: what a query added up to
// (requests), how that of two queries compares (errors/requests), or hour or
// weekday.
type Feature struct {
	// Pos is where the document has it.
	Pos document.Pos
	// Text is the feature as the document writes it.
	Text string

	// Query is the place of the query, -1 for hour and weekday. Per is that of the
	// query by which it is divided, -1 for none.
	Query, Per int

	unread bool
}

// Bucket returns BucketDuration, or its default, in nanoseconds.
func (f *IsolationForest) Bucket() int64 {
	return cmp.Or(f.BucketDuration, defaultForestBucket).Nanoseconds()
}

// Learning returns LearningDuration, or its default, in nanoseconds.
func (f *IsolationForest) Learning() int64 {
	return (3600 * Seconds(cmp.Or(f.LearningDuration, 24))).Nanoseconds()
}

// Retrain returns RetrainInterval, or its default, in nanoseconds.
func (f *IsolationForest) Retrain() int64 {
	return (3600 * Seconds(cmp.Or(f.RetrainInterval, 24))).Nanoseconds()
}

// Rows returns LearningBuckets, or its default.
func (f *IsolationForest) Rows() int64 { return cmp.Or(f.LearningBuckets, 256) }

// Share returns Contamination, or its default.
func (f *IsolationForest) Share() float64 {
	if f.Contamination == 0 && !f.given("contamination") {
		return 0.002
	}
	return f.Contamination
}

// DecodeDocumentNode reads the feature.
func (f *Feature) DecodeDocumentNode(n document.Node) error {
	if f.unread = n.Kind() != document.Scalar; f.unread {
		return errors.New("want a feature, such as requests, errors/requests or hour")
	}
	f.Pos, f.Text = n.Pos(), n.Text()
	return nil
}

// Name returns the feature without blanks.
func (f *Feature) Name() string {
	of, per, divided := f.parts()
	if divided {
		return of + "/" + per
	}
	return of
}

func (f *Feature) parts() (of, per string, divided bool) {
	of, per, divided = strings.Cut(f.Text, "/")
	return strings.TrimSpace(of), strings.TrimSpace(per), divided
}

// conditionNames returns the names that the conditions of cases compare.
func (r *Rule) conditionNames() []string {
	names := make([]string, 0, len(r.Queries)+1)
	for i := range r.Queries {
		names = append(names, r.Queries[i].Ref)
	}
	if r.Options.DetectionMethod == MethodIsolationForest {
		names = append(names, ScoreName)
	}
	return names
}

// isolationForest checks the parameters of the forest against the queries.
func (c *checker) isolationForest(queries []string) {
	o := &c.rule.Options
	f := o.IsolationForest
	if f == nil {
		if o.DetectionMethod == MethodIsolationForest {
			c.fault(o.Pos, "the method isolation_forest needs isolationForestOptions with features")
		}
		return
	}
	c.within(&f.Source, "bucketDuration", int64(f.BucketDuration), minForestBucket, maxForestBucket)
	c.within(&f.Source, "learningDuration", f.LearningDuration, 1, maxForestHours)
	c.within(&f.Source, "learningBuckets", f.LearningBuckets, minForestRows, maxForestRows)
	c.within(&f.Source, "retrainInterval", f.RetrainInterval, 1, maxForestHours)
	if f.given("contamination") && !(f.Contamination >= 0 && f.Contamination <= maxContamination) {
		c.fault(f.at("contamination"), "contamination is %g: want 0 to %g, the share of learnt buckets that may be attacks", f.Contamination, maxContamination)
	}
	if n := len(f.Features); f.given("features") && (n == 0 || n > maxFeatures) {
		c.fault(f.at("features"), "there are %d features: want 1 to %d", n, maxFeatures)
		return
	}
	var names []string
	for i := range f.Features {
		if f.Features[i].unread {
			continue // that was reported
		}
		if f.Features[i].Pos.Line == 0 {
			f.Features[i].Pos = f.at("features") // null
		}
		c.feature(&f.Features[i], queries)
		name := f.Features[i].Name()
		if slices.Contains(names, name) {
			c.fault(f.Features[i].Pos, "the feature %q is there twice", clip(name))
		}
		names = append(names, name)
	}
	if o.DetectionMethod != MethodIsolationForest {
		return
	}
	for i := range c.rule.Queries {
		if q := &c.rule.Queries[i]; q.Ref == ScoreName || q.Ref == FeatureHour || q.Ref == FeatureWeekday {
			c.fault(cmp.Or(q.Keys["name"], q.Pos), "the name %q has a meaning in the method isolation_forest: give the query another one", q.Ref)
		}
	}
	for i := range c.rule.Cases {
		if k := &c.rule.Cases[i]; k.Expr != nil && k.Expr.Steps() > 1 {
			c.fault(k.at("condition"), "THEN is not for the method isolation_forest")
		}
	}
}

// feature finds the queries that the feature names.
func (c *checker) feature(f *Feature, queries []string) {
	f.Query, f.Per = -1, -1
	of, per, divided := f.parts()
	if of == "" || divided && per == "" {
		c.fault(f.Pos, "the feature %q is incomplete: want a query such as requests, or two such as errors/requests", clip(f.Text))
		return
	}
	if !divided && (of == FeatureHour || of == FeatureWeekday) {
		return
	}
	known := slices.Concat(queries, []string{FeatureHour, FeatureWeekday})
	find := func(name string, offset int, known []string) int {
		at := slices.Index(queries, name)
		if at < 0 {
			c.suggest(c.inside(f.Pos, f.Text, offset), name, known, "the feature names %q, which is no query; there %s", clip(name), listNames(queries))
		}
		return at
	}
	if !divided {
		f.Query = find(of, 0, known)
		return
	}
	f.Query = find(of, 0, queries)
	_, behind, _ := strings.Cut(f.Text, "/")
	f.Per = find(per, utf8.RuneCountInString(strings.TrimSuffix(f.Text, strings.TrimLeft(behind, " \t"))), queries)
	if f.Query >= 0 && f.Query == f.Per {
		c.fault(f.Pos, "the feature %q is always 1", clip(f.Text))
	}
}
