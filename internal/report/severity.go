package report

import "github.com/sasumata/sasumata/internal/signal"

// shape returns the sign that stands for the severity beside its word, so that
// colour is never the only difference.
func shape(s signal.Severity) string {
	switch s {
	case signal.Critical:
		return "◆"
	case signal.High:
		return "▲"
	case signal.Medium:
		return "■"
	case signal.Low:
		return "●"
	default:
		return "○"
	}
}

// level returns the severity as an index into the catalogue's arrays.
func level(s signal.Severity) int { return int(min(s, signal.Critical)) }

// severityName returns the severity as it is written in data and in class names.
func severityName(i int) string {
	return [signal.Severities]string{"info", "low", "medium", "high", "critical"}[i]
}

// severities yields every severity, the gravest first.
func severities() [signal.Severities]signal.Severity {
	return [signal.Severities]signal.Severity{signal.Critical, signal.High, signal.Medium, signal.Low, signal.Info}
}
