package pipeline

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/urls"
)

// urlParser is the url-parser processor: it splits the first source into scheme,
// host, port, path, queryString and hash below the target.
type urlParser struct {
	sources   []string
	target    string
	normalize bool
}

var _ Processor = (*urlParser)(nil)

// Process splits the URL. The source stays.
func (p *urlParser) Process(e *event.Event, _ *Machine) {
	for _, source := range p.sources {
		if v, ok := e.Get(source); ok && v.Kind() == event.String {
			e.Set(p.target, urls.Split(e, v.Str(), urls.Options{NormalizeEndingSlashes: p.normalize}))
			return
		}
	}
}
