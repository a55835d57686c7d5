package pattern

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// merge joins patterns that are the same but for one of their first words, or any if they
// have few, and returns what is left, in the order in which they were found.
func merge(clusters []*cluster) []*cluster {
	list := make([]*cluster, len(clusters))
	for i, c := range clusters {
		one := *c
		one.words = slices.Clone(c.words)
		for k := range one.words {
			one.words[k].values = slices.Clone(c.words[k].values)
		}
		one.statuses = maps.Clone(c.statuses)
		list[i] = &one
	}
	list = join(list, func(c *cluster) string { return c.shape(-1) }, 2) // what only became the same later
	for at := range fewWords {
		list = join(list, func(c *cluster) string {
			if at >= len(c.words) || at >= depth && len(c.words) > fewWords || !c.may(at) {
				return ""
			}
			return c.shape(at)
		}, fewest)
	}
	return list
}

// join makes one pattern of those that have the same key, if there are as many.
func join(list []*cluster, key func(*cluster) string, least int) []*cluster {
	same := map[string][]*cluster{}
	for _, c := range list {
		if k := key(c); k != "" {
			same[k] = append(same[k], c)
		}
	}
	gone := map[*cluster]bool{}
	for _, all := range same {
		if len(all) < least {
			continue
		}
		for _, other := range all[1:] {
			all[0].take(other)
			gone[other] = true
		}
	}
	return slices.DeleteFunc(list, func(c *cluster) bool { return gone[c] })
}

// may reports whether enough is left to know the pattern by without the word.
func (c *cluster) may(without int) bool {
	n := 0
	for i := range c.words {
		if i != without && !c.words[i].wild {
			n++
		}
	}
	return 2*n >= len(c.words) && n > 0
}

// shape writes a pattern as one text, with a word left out, and values, which are alike.
// Two patterns that differ in anything else have other texts, whatever is in them.
func (c *cluster) shape(without int) string {
	var b []byte
	for i := range c.words {
		b = strconv.AppendQuote(b, c.gaps[i])
		if w := &c.words[i]; i == without || w.wild || w.varies {
			b = append(b, '*')
		} else {
			b = strconv.AppendQuote(b, w.text)
		}
	}
	return string(strconv.AppendQuote(b, c.gaps[len(c.words)]))
}

// take adds the messages of another pattern of the same number of words.
func (c *cluster) take(o *cluster) {
	for i := range c.words {
		w, other := &c.words[i], &o.words[i]
		w.varies = w.varies && other.varies
		if !w.wild && !other.wild && w.text == other.text {
			continue
		}
		if !w.wild {
			w.wild, w.values = true, []string{cut(w.text, maxValue)}
		}
		if other.wild {
			for _, v := range other.values {
				w.note(v)
			}
		} else {
			w.note(other.text)
		}
	}
	c.count += o.count
	for _, status := range slices.Sorted(maps.Keys(o.statuses)) {
		c.add(status, o.statuses[status])
	}
	if o.timed {
		if !c.timed || o.first < c.first {
			c.first = o.first
		}
		if !c.timed || o.last > c.last {
			c.last = o.last
		}
		c.timed = true
	}
}

// pattern returns what people see of a cluster.
func (c *cluster) pattern() Pattern {
	p := Pattern{Count: c.count, First: c.first, Last: c.last, Statuses: c.statuses, Example: c.example}
	var text, all strings.Builder
	flush := func() {
		if text.Len() > 0 {
			p.Pieces = append(p.Pieces, Piece{Text: text.String()})
			all.WriteString(text.String())
		}
		text.Reset()
	}
	for i := range c.words {
		text.WriteString(c.gaps[i])
		w := &c.words[i]
		if !w.wild {
			text.WriteString(w.text)
			continue
		}
		flush()
		p.Pieces = append(p.Pieces, Piece{Values: w.values})
		all.WriteByte('*')
	}
	text.WriteString(c.gaps[len(c.words)])
	flush()
	p.Text, p.Query = all.String(), search(p.Pieces)
	return p
}

const (
	// maxPhrases is how many phrases a search of a pattern has, the longest, maxPhrase
	// how many words of one.
	maxPhrases, maxPhrase = 4, 12
)

// search returns a search for the words that all messages have, as phrases.
func search(pieces []Piece) string {
	var phrases []string
	for _, piece := range pieces {
		if piece.Values != nil {
			continue
		}
		words := strings.FieldsFunc(piece.Text, func(r rune) bool {
			return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
		})
		if len(words) > maxPhrase {
			words = words[:maxPhrase]
		}
		if phrase := strings.Join(words, " "); phrase != "" {
			phrases = append(phrases, phrase)
		}
	}
	kept := slices.Clone(phrases)
	slices.SortStableFunc(kept, func(a, b string) int { return len(b) - len(a) })
	kept = kept[:min(len(kept), maxPhrases)]
	var out []string
	for _, phrase := range phrases {
		if quoted := `"` + phrase + `"`; slices.Contains(kept, phrase) && !slices.Contains(out, quoted) {
			out = append(out, quoted)
		}
	}
	return strings.Join(out, " ")
}
