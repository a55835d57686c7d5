package pipeline

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// categoryProcessor is the category-processor: the first category whose query
// matches names the target.
type categoryProcessor struct {
	target     string
	categories []category
}

type category struct {
	query *query.Query
	name  event.Value
	id    event.Value // for schema-category-mapper
}

var _ Processor = (*categoryProcessor)(nil)

// Process writes the name of the first category that matches.
func (p *categoryProcessor) Process(e *event.Event, _ *Machine) {
	for i := range p.categories {
		if p.categories[i].query.Match(e) {
			e.Set(p.target, p.categories[i].name)
			return
		}
	}
}
