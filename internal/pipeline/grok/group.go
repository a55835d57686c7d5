package grok

import (
	"errors"
	"fmt"
	"strings"
)

// group reads "(...)" in all its forms.
func (p *regexParser) group() (*expr, error) {
	if p.depth++; p.depth > maxGroupDepth {
		return nil, errTooDeep
	}
	defer func() { p.depth-- }()
	flags := p.flags
	wrap := func(x *expr) *expr { return x }
	rest := p.s[p.at:]
	switch {
	case strings.HasPrefix(rest, "(?:"):
		p.at += 3
	case strings.HasPrefix(rest, "(?>"):
		p.at += 3
		wrap = func(x *expr) *expr { return &expr{kind: xAtomic, subs: []*expr{x}} }
	case strings.HasPrefix(rest, "(?#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return nil, errors.New("a comment without an end")
		}
		p.at += end + 1
		return nil, nil
	case strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"):
		p.at += 3
		not := rest[2] == '!'
		wrap = func(x *expr) *expr { return &expr{kind: xLook, subs: []*expr{x}, not: not} }
	case strings.HasPrefix(rest, "(?<="), strings.HasPrefix(rest, "(?<!"):
		p.at += 4
		not := rest[3] == '!'
		wrap = func(x *expr) *expr { return &expr{kind: xLook, subs: []*expr{x}, not: not, behind: true} }
	case strings.HasPrefix(rest, "(?<"), strings.HasPrefix(rest, "(?P<"):
		open := strings.IndexByte(rest, '<')
		end := strings.IndexByte(rest, '>')
		if end < 0 || !groupName(rest[open+1:end]) {
			return nil, errors.New("bad name of a group: want (?<name>...)")
		}
		p.at += end + 1
		index := p.b.capture(field{path: rest[open+1 : end], named: true})
		wrap = func(x *expr) *expr { return &expr{kind: xCapture, subs: []*expr{x}, capture: index} }
	case strings.HasPrefix(rest, "(?"):
		closed, err := p.setFlags(rest)
		if err != nil || closed {
			return nil, err
		}
	default:
		p.at++
		if p.b.keepGroups {
			index := p.b.capture(field{})
			wrap = func(x *expr) *expr { return &expr{kind: xCapture, subs: []*expr{x}, capture: index} }
		}
	}
	x, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.at >= len(p.s) {
		return nil, errors.New(`a "(" without a ")"`)
	}
	p.at++
	p.flags = flags
	x = wrap(x)
	if x.kind == xLook && x.behind {
		if _, most := x.subs[0].width(); most < 0 || most > maxLookBehind {
			return nil, fmt.Errorf("a look backwards must have a limited length, at most %d bytes", maxLookBehind)
		}
	}
	return x, nil
}

func groupName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && c != '.' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return name != ""
}

// setFlags reads "(?i)" and "(?i:"; closed says that it was the first.
func (p *regexParser) setFlags(rest string) (closed bool, err error) {
	on := true
	for i := 2; i < len(rest); i++ {
		switch rest[i] {
		case '-':
			on = false
		case 'i':
			p.flags.fold = on
		case 'm':
			p.flags.multi = on
		case 's':
			p.flags.noDot = !on
		case 'x':
			p.flags.comment = on
		case 'u', 'd', 'U': // only change what \w means beyond ASCII in Java
		case ':':
			p.at += i + 1
			return false, nil
		case ')':
			p.at += i + 1
			return true, nil
		default:
			return false, fmt.Errorf("unknown group (?%s", rest[i:i+1])
		}
	}
	return false, errors.New(`a "(" without a ")"`)
}
