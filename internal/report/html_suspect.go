package report

import "github.com/sasumata/sasumata/internal/signal"

// shownSuspects is how many addresses the page describes.
const shownSuspects = 20

// suspectView is one address in detail.
type suspectView struct {
	Address, Place       []piece
	Counts               string
	Alarm                string // what makes it urgent
	Listed               string // on how many threat lists it is
	Lists, Verdicts      [][]piece
	Seen                 string
	Kinds, Users, Agents [][]piece
	Lines                []lineView
	Signals              []suspectSignal
	SignalsMore          string
}

// suspectSignal is a signal about the address.
type suspectSignal struct {
	badge
	Title []piece
	Time  string
}

// maxSuspectSignals is how many signals an address lists.
const maxSuspectSignals = 8

// suspects describes the worst addresses.
func (p *page) suspects(d Document, list []*signal.Signal, at clock) {
	t := p.T
	about := map[string][]*signal.Signal{}
	for _, s := range list {
		for _, e := range s.Entities {
			if e.Kind == signal.KindIP {
				about[e.Value] = append(about[e.Value], s)
			}
		}
	}
	for _, s := range d.suspects(shownSuspects) {
		v := suspectView{
			Address: pieces(s.Address, maxValue), Seen: at.span(s.first, s.last, t.DateSpan),
			Counts: t.suspectCounts(&s),
		}
		switch {
		case s.Logins > 0:
			v.Alarm = t.SuspectLoggedIn
		case s.Answered2xx > 0:
			v.Alarm = count(s.Answered2xx, t.SuspectAnsweredOne, t.SuspectAnswered)
		}
		if s.Country != "" || s.Network != "" {
			place := s.Country
			if place != "" && s.Network != "" {
				place += " · "
			}
			v.Place = pieces(place+s.Network, maxValue)
		}
		for _, k := range s.Kinds {
			v.Kinds = append(v.Kinds, append(pieces(k.Value, maxValue), pieces(" "+number(k.Number), maxValue)...))
		}
		if n := len(s.Lists); n > 0 {
			v.Listed = count(int64(n), t.ListedOne, t.Listed)
		}
		for i := range s.Lists {
			v.Lists = append(v.Lists, pieces(t.listing(&s.Lists[i]), 200))
		}
		for i := range s.Reputation {
			v.Verdicts = append(v.Verdicts, pieces(t.opinion(&s.Reputation[i]), 300))
		}
		for _, name := range s.Users {
			v.Users = append(v.Users, pieces(name, maxValue))
		}
		for _, name := range s.UserAgents {
			v.Agents = append(v.Agents, pieces(name, maxValue))
		}
		for _, l := range s.Lines {
			v.Lines = append(v.Lines, lineView{Line: number(l.Number), Text: pieces(l.Text, maxLine)})
		}
		for i, one := range about[s.Address] {
			if i == maxSuspectSignals {
				v.SignalsMore = t.more(len(about[s.Address]) - maxSuspectSignals)
				break
			}
			v.Signals = append(v.Signals, suspectSignal{badge: t.badge(one.Severity), Title: pieces(title(one, d.Lang), 200), Time: at.short(one.Time)})
		}
		p.Suspects = append(p.Suspects, v)
	}
}

// suspectCounts writes what an address did, in one line.
func (t *texts) suspectCounts(s *Suspect) string {
	text := ""
	add := func(n int64, name string) {
		if n == 0 {
			return
		}
		if text != "" {
			text += " · "
		}
		text += name + " " + number(n)
	}
	add(s.Attacks, t.ColAttacks)
	add(s.Failed, t.TileLogins)
	add(s.Logins, t.Logins)
	if s.Approximate {
		text = "≥ " + text
	}
	return text
}
