package api

import (
	"net/http"

	"github.com/sasumata/sasumata/internal/access"
)

// Series serves series of numbers, as Prometheus does.
type Series struct {
	// Ask answers what is below api/v1 of Prometheus.
	Ask http.Handler
	// Push takes samples by remote write.
	Push http.HandlerFunc
}

// prometheus is where Prometheus' API is: a data source of Grafana has it as its address.
const prometheus = "/prometheus"

func (s *Series) routes() []route {
	ask := http.StripPrefix(prometheus+"/api/v1", s.Ask).ServeHTTP
	paths := []string{
		"query", "query_range", "query_exemplars", "series", "labels", "label/{name}/values", "metadata", "rules", "alerts", "targets", "format_query", "parse_query", "status/buildinfo",
	}
	list := make([]route, 0, 2*len(paths)+2)
	list = append(list, []route{
		{"GET", prometheus + "/-/healthy", need{kind: anybody}, func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "healthy") }},
		{"POST", prometheus + "/api/v1/write", may(access.SendMetrics), s.Push},
	}...)
	// They stand one by one, as others below belong to the intake. Long questions come as forms.
	for _, path := range paths {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			list = append(list, route{method, prometheus + "/api/v1/" + path, may(access.ReadMetrics), ask})
		}
	}
	return list
}
