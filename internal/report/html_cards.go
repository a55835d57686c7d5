package report

import "strconv"

// card is one table of the most frequent values.
type card struct {
	Name    string
	Wide    bool
	Kinds   bool // it has the columns of failed logins and attacks
	Mono    bool // the values are code: paths, user agents
	Rows    []cardRow
	Column  string
	Percent bool // it has the column of shares
}

type cardRow struct {
	Value           []piece
	Class           string
	Count           string
	Share           string
	Bar             string // percent of the longest bar, for SVG
	Failed, Attacks string
}

// cardLimit is how many rows a card has at the most.
const cardLimit = 10

// cards returns the tables of who and what, and whether some count is a lower
// bound. Tables without a row are left out.
func cards(s *Summary, t *texts) (list []card, approximate bool) {
	add := func(c card) {
		if len(c.Rows) > 0 {
			list = append(list, c)
		}
	}
	top := func(d Dimension, name string, c card) {
		counts := s.Top(d, cardLimit)
		c.Name, c.Column = name, name
		for _, n := range counts {
			row := cardRow{
				Value: pieces(n.Value, maxValue), Count: number(n.Events), Share: percent(n.Events, s.events),
				Bar: barLength(n.Events, counts[0].Events), Failed: number(n.Failed), Attacks: number(n.Attacks),
			}
			if n.Approx {
				row.Count, approximate = "≥ "+row.Count, true
			}
			c.Rows = append(c.Rows, row)
		}
		add(c)
	}
	top(Suspects, t.Suspects, card{Kinds: true})
	top(Categories, t.Categories, card{})
	add(figures(t.Logins, []figure{{t.LoginOK, s.loginOK, "ok"}, {t.LoginFailed, s.loginFail, "bad"}}))
	add(figures(t.AttackAnswers, s.answerFigures()))
	top(Users, t.Users, card{Kinds: true})
	top(Countries, t.Countries, card{Kinds: true})
	top(Networks, t.Networks, card{Kinds: true})
	top(Addresses, t.Addresses, card{Percent: true})
	add(figures(t.Statuses, s.statuses()))
	top(Paths, t.Paths, card{Mono: true, Percent: true})
	add(figures(t.Levels, s.levelFigures()))
	top(Sources, t.Sources, card{Percent: true})
	top(UserAgents, t.UserAgents, card{Mono: true, Percent: true, Wide: true})
	return list, approximate
}

type figure struct {
	name  string
	count int64
	class string
}

// figures returns a card of counts that are exact, in the order given, without
// those that are zero.
func figures(name string, list []figure) card {
	c := card{Name: name, Column: name, Percent: true}
	var most, all int64
	for _, f := range list {
		most, all = max(most, f.count), all+f.count
	}
	for _, f := range list {
		if f.count == 0 {
			continue
		}
		c.Rows = append(c.Rows, cardRow{
			Value: pieces(f.name, maxValue), Class: f.class, Count: number(f.count),
			Share: percent(f.count, all), Bar: barLength(f.count, most),
		})
	}
	return c
}

// statuses returns the HTTP status codes, by number.
func (s *Summary) statuses() []figure {
	var out []figure
	for code, n := range s.codes {
		if n == 0 {
			continue
		}
		class := ""
		switch {
		case code >= 500:
			class = "bad"
		case code >= 400:
			class = "warn"
		}
		out = append(out, figure{strconv.Itoa(code), n, class})
	}
	return out
}

// answerFigures returns how servers answered attacks: 2xx may mean that one worked.
func (s *Summary) answerFigures() []figure {
	return []figure{{"2xx", s.answers[2], "bad"}, {"3xx", s.answers[3], "warn"}, {"4xx", s.answers[4], "ok"}, {"5xx", s.answers[5], "warn"}}
}

func (s *Summary) levelFigures() []figure {
	out := make([]figure, 0, len(s.levels))
	for i, n := range s.levels {
		class := ""
		switch {
		case i <= 3:
			class = "bad"
		case i == 4:
			class = "warn"
		}
		out = append(out, figure{levelName(i), n, class})
	}
	return out
}

// barLength returns the length of a bar of n out of most, as a number of percent.
func barLength(n, most int64) string {
	if n <= 0 || most <= 0 {
		return "0"
	}
	return strconv.FormatFloat(max(0.5, float64(n)/float64(most)*100), 'f', 1, 64)
}
