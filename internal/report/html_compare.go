package report

import (
	"fmt"
	"time"
)

// comparisonView is what changed since an earlier report.
type comparisonView struct {
	Note      string
	Tables    []changeTable
	Addresses []addressList
	Same      bool
}

type changeTable struct {
	Name string
	Rows []changeRow
}

type changeRow struct {
	Name                []piece
	Before, Now, Change string
	Worse               bool
}

type addressList struct {
	Name   string
	Values [][]piece
	More   string
}

// The rows of a table of changes, and the addresses of a list.
const (
	maxChanges   = 15
	maxCompareIP = 40
)

func (t *texts) comparison(c *Comparison, at clock) *comparisonView {
	if c == nil {
		return nil
	}
	v := &comparisonView{Note: fmt.Sprintf(t.CompareNote, at.span(parseStamp(c.First), parseStamp(c.Last), t.DateSpan))}
	table := func(name string, list []Change, label func(string) string) {
		one := changeTable{Name: name}
		for _, c := range list[:min(len(list), maxChanges)] {
			sign := ""
			if c.Now > c.Before {
				sign = "+"
			}
			one.Rows = append(one.Rows, changeRow{
				Name: pieces(label(c.Name), maxValue), Before: number(c.Before), Now: number(c.Now), Change: sign + number(c.Now-c.Before),
				Worse: c.Now > c.Before && c.Name != "events" && c.Name != "visitors" && c.Name != "logins",
			})
		}
		if len(one.Rows) > 0 {
			v.Tables = append(v.Tables, one)
		}
	}
	asIs := func(s string) string { return s }
	table(t.Totals, c.Figures, t.figure)
	table(t.RulesFired, c.Rules, asIs)
	table(t.Categories, c.Kinds, asIs)
	addresses := func(name string, list []string) {
		if len(list) == 0 {
			return
		}
		one := addressList{Name: name + " " + number(int64(len(list)))}
		for _, ip := range list[:min(len(list), maxCompareIP)] {
			one.Values = append(one.Values, pieces(ip, maxValue))
		}
		if len(list) > maxCompareIP {
			one.More = t.more(len(list) - maxCompareIP)
		}
		v.Addresses = append(v.Addresses, one)
	}
	addresses(t.NewAddresses, c.New)
	addresses(t.BackAddresses, c.Back)
	addresses(t.GoneAddresses, c.Gone)
	v.Same = len(v.Tables)+len(v.Addresses) == 0
	return v
}

// figure returns what a total of a comparison is called.
func (t *texts) figure(name string) string {
	switch name {
	case "events":
		return t.Events
	case "visitors":
		return t.Visitors
	case "failed_logins":
		return t.TileLogins
	case "logins":
		return t.Logins + ": " + t.LoginOK
	case "attacks":
		return t.TileAttacks
	case "attacks_answered_2xx":
		return t.AttacksAnswered
	case "attacking_addresses":
		return t.Suspects
	default:
		return name
	}
}

// parseStamp reads what stamp wrote, 0 for anything else.
func parseStamp(text string) int64 {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0
	}
	return t.UnixNano()
}
