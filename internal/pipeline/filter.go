package pipeline

import "github.com/sasumata/sasumata/internal/query"

// FilterSource returns the first source that the pipeline's filter asks for
// (source:nginx), or "".
func (p *Pipeline) FilterSource() string {
	found := ""
	if p.filter == nil {
		return found
	}
	query.Walk(p.filter.Root(), func(n query.Node) {
		if t, ok := n.(*query.Term); ok && found == "" && t.Field.Name == "source" {
			found = t.Value
		}
	})
	return found
}
