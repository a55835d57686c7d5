package rule

import (
	"time"

	"github.com/sasumata/sasumata/internal/query"
)

// Seconds is a duration in whole seconds, as Datadog writes it.
type Seconds int64

// Nanoseconds returns the duration in nanoseconds.
func (s Seconds) Nanoseconds() int64 { return int64(s) * int64(time.Second) }

// The detection methods.
const (
	MethodThreshold        = "threshold"
	MethodNewValue         = "new_value"
	MethodAnomaly          = "anomaly_detection"
	MethodImpossibleTravel = "impossible_travel"
	MethodHardcoded        = "hardcoded"
	MethodThirdParty       = "third_party"
	MethodAnomalyThreshold = "anomaly_threshold"
	MethodSequence         = "sequence_detection"
	// MethodLeakyBucket is our own: events fill a bucket that leaks.
	MethodLeakyBucket = "leaky_bucket"
	// MethodIsolationForest is our own: what a group does in a bucket of time is
	// compared with what all groups did before.
	MethodIsolationForest = "isolation_forest"
)

// The detectors of anomaly_detection.
const (
	DetectorDeviation = "deviation"
	DetectorSeasonal  = "seasonal"
)

// The types of rule.
const (
	TypeLogs                   = "log_detection"
	TypeSignalCorrelation      = "signal_correlation"
	TypeApplication            = "application_security"
	TypeAPI                    = "api_security"
	TypeWorkload               = "workload_security"
	TypeWorkloadActivity       = "workload_activity"
	TypeCloudConfiguration     = "cloud_configuration"
	TypeInfrastructureSettings = "infrastructure_configuration"
)

// The aggregations of a query.
const (
	AggregateCount       = "count"
	AggregateCardinality = "cardinality"
	AggregateSum         = "sum"
	AggregateMax         = "max"
	AggregateNewValue    = "new_value"
	AggregateGeoData     = "geo_data"
	AggregateEventCount  = "event_count"
	AggregateNone        = "none"
)

// Options are the method of a rule and its windows. The windows are 0, 60, 300,
// 600, 900, 1800, 3600, 7200, 10800, 21600, 43200 or 86400 seconds, and
// EvaluationWindow <= KeepAlive <= MaxSignalDuration.
type Options struct {
	Source
	// DetectionMethod is threshold (the default), new_value, anomaly_detection,
	// impossible_travel, hardcoded, third_party, anomaly_threshold,
	// sequence_detection, or our own leaky_bucket and isolation_forest.
	DetectionMethod string `doc:"detectionMethod"`
	// EvaluationWindow is the span over which queries add up.
	EvaluationWindow Seconds `doc:"evaluationWindow"`
	// KeepAlive is how long a signal stays open without a further match; 0 opens a
	// new signal each time.
	KeepAlive Seconds `doc:"keepAlive"`
	// MaxSignalDuration is how long a signal stays open at the most, from its first
	// event; 0 opens a new signal each time.
	MaxSignalDuration Seconds `doc:"maxSignalDuration"`
	// LowerByEnv lowers the severity by one for events of an environment (tag env)
	// whose name begins with staging, test or dev.
	LowerByEnv bool `doc:"decreaseCriticalityBasedOnEnv"`
	// HardcodedEvaluatorType is log4shell.
	HardcodedEvaluatorType string             `doc:"hardcodedEvaluatorType"`
	NewValue               *NewValueOptions   `doc:"newValueOptions"`
	Anomaly                *AnomalyOptions    `doc:"anomalyDetectionOptions"`
	ImpossibleTravel       *ImpossibleTravel  `doc:"impossibleTravelOptions"`
	Sequence               *SequenceOptions   `doc:"sequenceDetectionOptions"`
	ThirdParty             *ThirdPartyOptions `doc:"thirdPartyRuleOptions"`
	LeakyBucket            *LeakyBucket       `doc:"leakyBucket"`
	IsolationForest        *IsolationForest   `doc:"isolationForestOptions"`
	Compliance             map[string]any     `doc:"complianceRuleOptions"`
}

// NewValueOptions say how values are learnt before an unseen one is a signal.
type NewValueOptions struct {
	Source
	// ForgetAfter is after how many days an unseen value is forgotten.
	ForgetAfter int64 `doc:"forgetAfter"`
	// LearningDuration is for how many days a group's values are learnt only.
	LearningDuration int64 `doc:"learningDuration"`
	// LearningMethod is duration or threshold.
	LearningMethod string `doc:"learningMethod"`
	// LearningThreshold is 0 or 1 with the method threshold.
	LearningThreshold int64 `doc:"learningThreshold"`
	// InstantaneousBaseline learns from the stored past at once.
	InstantaneousBaseline               bool  `doc:"instantaneousBaseline"`
	InstantaneousBaselineTimeoutMinutes int64 `doc:"instantaneousBaselineTimeoutMinutes"`
}

// AnomalyOptions say how the usual number of events is learnt.
type AnomalyOptions struct {
	Source
	// BucketDuration is the length of a bucket in seconds, 300 to 10800.
	BucketDuration Seconds `doc:"bucketDuration"`
	// LearningDuration is in hours, 1 to 336.
	LearningDuration int64 `doc:"learningDuration"`
	// DetectionTolerance is 1 (eager) to 5 (tolerant).
	DetectionTolerance int64 `doc:"detectionTolerance"`
	// Detector is our own key: how a bucket is compared with those before. Deviation,
	// the default, looks how far it is from their mean; seasonal whether it is a
	// record, also for that hour of the day.
	Detector string `doc:"detector"`
	// LearningPeriodBaseline is the least number that is an anomaly while learning.
	LearningPeriodBaseline int64 `doc:"learningPeriodBaseline"`
	// InstantaneousBaseline learns from the stored past at once.
	InstantaneousBaseline               bool  `doc:"instantaneousBaseline"`
	InstantaneousBaselineTimeoutMinutes int64 `doc:"instantaneousBaselineTimeoutMinutes"`
}

// ImpossibleTravel says what is learnt about the places of a user.
type ImpossibleTravel struct {
	Source
	// BaselineUserLocations learns the usual places of a user first.
	BaselineUserLocations bool `doc:"baselineUserLocations"`
	// BaselineUserLocationsDuration is for how many days.
	BaselineUserLocationsDuration int64 `doc:"baselineUserLocationsDuration"`
	// DetectIPTransition is kept, not used.
	DetectIPTransition bool `doc:"detectIpTransition"`
}

// SequenceOptions are the steps of a sequence and how they follow each other.
type SequenceOptions struct {
	Source
	Steps       []SequenceStep       `doc:"steps"`
	Transitions []SequenceTransition `doc:"stepTransitions"`
}

// SequenceStep is one step: a condition over the queries.
type SequenceStep struct {
	Source
	Name             string  `doc:"name"`
	Condition        string  `doc:"condition"`
	EvaluationWindow Seconds `doc:"evaluationWindow"`

	// Expr is the parsed condition.
	Expr *Condition
}

// SequenceTransition says that the child step follows the parent within the
// window.
type SequenceTransition struct {
	Source
	Parent           string  `doc:"parent"`
	Child            string  `doc:"child"`
	EvaluationWindow Seconds `doc:"evaluationWindow"`
}

// ThirdPartyOptions say which findings of another product become signals.
type ThirdPartyOptions struct {
	Source
	// DefaultStatus is the severity when no case matches.
	DefaultStatus string `doc:"defaultStatus"`
	// DefaultNotifications name receivers for that case.
	DefaultNotifications []string `doc:"defaultNotifications"`
	// RootQueries choose the findings and group them.
	RootQueries []RootQuery `doc:"rootQueries"`
	// SignalTitleTemplate is the title of the signal, a template.
	SignalTitleTemplate string `doc:"signalTitleTemplate"`

	// Title is the parsed SignalTitleTemplate; nil when there is none.
	Title *Template
}

// RootQuery chooses and groups the findings of another product.
type RootQuery struct {
	Source
	Query         string   `doc:"query"`
	GroupByFields []string `doc:"groupByFields"`

	// Expr is the parsed search.
	Expr *query.Query
}

// LeakyBucket says how fast a bucket fills and leaks, in the parameters of
// CrowdSec's scenarios.
type LeakyBucket struct {
	Source
	// Capacity is how many events the bucket holds: the next one overflows.
	Capacity int64 `doc:"capacity,required"`
	// LeakSpeed is the number of seconds after which one event leaks out.
	LeakSpeed float64 `doc:"leakSpeed,required"`
	// Distinct is an attribute: only its values that are not in the bucket pour.
	Distinct string `doc:"distinct"`
	// Blackhole is for how many seconds after an overflow the group's events are
	// not counted.
	Blackhole Seconds `doc:"blackhole"`
}

// Prefix says how many bits of an address make its group.
type Prefix struct {
	Source
	// IPv4 is 1 to 32 and IPv6 1 to 128; 0 is the whole address.
	IPv4 int64 `doc:"ipv4"`
	IPv6 int64 `doc:"ipv6"`
}
