package grok

import (
	"math"
	"strings"
	"unicode/utf8"
)

// star runs a repeated class and returns where it ends first. Other ends are
// noted for later, but only those at which the rest can start.
func (m *Machine) star(n *node, at int32, pos int) (int, bool) {
	lo := pos
	for range n.min {
		w := n.class.at(m.text, lo)
		if w == 0 {
			return pos, false
		}
		lo += w
	}
	left := math.MaxInt32
	if n.max >= 0 {
		left = int(n.max - n.min)
	}
	if n.mode == lazy && !n.once {
		return m.shortest(n, at, lo, left)
	}
	hi := n.class.extent(m.text, lo, left)
	m.spend(hi - lo)
	if n.once {
		return hi, canStart(&m.prog.nodes[n.next], m.text, hi)
	}
	return m.longest(n, at, hi, lo)
}

// starAgain is star after the end at pos led nowhere. lim is the first possible
// end of a greedy star, and the number of runes left of a lazy one.
func (m *Machine) starAgain(n *node, at int32, pos, lim int) (int, bool) {
	if n.mode != lazy {
		_, w := utf8.DecodeLastRuneInString(m.text[lim:pos])
		return m.longest(n, at, pos-w, lim)
	}
	w := n.class.at(m.text, pos)
	if w == 0 || lim == 0 {
		return pos, false
	}
	return m.shortest(n, at, pos+w, lim-1)
}

// longest finds the last place between lo and hi at which the rest can start.
func (m *Machine) longest(n *node, at int32, hi, lo int) (int, bool) {
	p := hi
	if n.lit != "" {
		end := min(hi+len(n.lit), len(m.text))
		i := strings.LastIndex(m.text[lo:end], n.lit)
		m.spend(end - lo - max(i, 0))
		if i < 0 {
			return hi, false
		}
		p = lo + i
	} else {
		next := &m.prog.nodes[n.next]
		for !canStart(next, m.text, p) {
			if p <= lo {
				m.spend(hi - p)
				return hi, false
			}
			_, w := utf8.DecodeLastRuneInString(m.text[lo:p])
			p -= w
		}
		m.spend(hi - p)
	}
	if p > lo {
		m.push(at, p, lo)
	}
	return p, true
}

// shortest finds the first place from p on at which the rest can start, at most
// left runes away.
func (m *Machine) shortest(n *node, at int32, p, left int) (int, bool) {
	next := &m.prog.nodes[n.next]
	if n.class.any && n.max < 0 {
		return m.jump(n, next, at, p)
	}
	start := p
	for !canStart(next, m.text, p) {
		w := n.class.at(m.text, p)
		if w == 0 || left == 0 {
			m.spend(p - start)
			return p, false
		}
		p += w
		left--
	}
	m.spend(p - start)
	m.push(at, p, left)
	return p, true
}

// jump is shortest for a star over everything, without limit.
func (m *Machine) jump(n, next *node, at int32, p int) (int, bool) {
	text := m.text
	if next.end && next.first.empty() {
		return len(text), true
	}
	start := p
	if n.lit != "" {
		i := strings.Index(text[p:], n.lit)
		if i < 0 {
			m.spend(len(text) - p)
			return p, false
		}
		p += i
	} else {
		for !canStart(next, text, p) {
			if p >= len(text) {
				m.spend(p - start)
				return p, false
			}
			if text[p] < utf8.RuneSelf {
				p++
				continue
			}
			_, w := utf8.DecodeRuneInString(text[p:])
			p += w
		}
	}
	m.spend(p - start)
	if p < len(text) {
		m.push(at, p, math.MaxInt32)
	}
	return p, true
}

// extent returns the end of the longest run of the class at pos, of at most left
// runes.
func (c *class) extent(text string, pos, left int) int {
	if left < math.MaxInt32 {
		for range left {
			w := c.at(text, pos)
			if w == 0 {
				break
			}
			pos += w
		}
		return pos
	}
	if c.any {
		return len(text)
	}
	if c.except >= 0 {
		if i := strings.IndexByte(text[pos:], byte(c.except)); i >= 0 {
			return pos + i
		}
		return len(text)
	}
	for pos < len(text) {
		if c.bytes[text[pos]] {
			pos++
			continue
		}
		if c.wide != wideTable || text[pos] < utf8.RuneSelf {
			break
		}
		w := c.at(text, pos)
		if w == 0 {
			break
		}
		pos += w
	}
	return pos
}
