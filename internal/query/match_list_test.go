package query

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

// A list means what its alternatives mean one by one.
func FuzzListAgreesWithItsAlternatives(f *testing.F) {
	f.Add(`@a:(x OR y OR 200 OR z*)`, `{"a":"x"}`)
	f.Add(`@a:(1 OR 2.0 OR [5 TO 9] OR >=400)`, `{"a":[3,2,"400"]}`)
	f.Add(`a:(X OR y OR "Z w")`, `{"a":"z W"}`)
	f.Add(`@a.b:("" OR true OR null)`, `{"a":[{"b":true},{"b":""}]}`)
	f.Add(`source:(NGINX OR sshd OR x*)`, `{}`)
	f.Fuzz(func(t *testing.T, text, doc string) {
		q, err := Parse(text)
		if err != nil {
			return
		}
		e := event.New()
		e.Source, e.Message, e.Tags = "nginx", "some text", append(e.Tags, "a:x", "env:prod")
		if !e.MergeJSON(doc, event.JSONOptions{}) {
			return
		}
		Walk(q.Root(), func(n Node) {
			if list, ok := n.(*List); ok && list.alts != nil && list.match(e) != list.Node.match(e) {
				t.Fatalf("%s over %s: the list says %v, its alternatives %v", list, doc, list.match(e), list.Node.match(e))
			}
		})
	})
}
