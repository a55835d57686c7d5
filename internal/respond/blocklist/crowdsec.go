package blocklist

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/respond"
)

// decision is one of CrowdSec; an alert has decisions.
type decision struct {
	Value     string     `json:"value"`
	Scope     string     `json:"scope"`
	Type      string     `json:"type"`
	Scenario  string     `json:"scenario"`
	Duration  string     `json:"duration"`
	Until     string     `json:"until"`
	Decisions []decision `json:"decisions"`
}

// crowdsec reads alerts, decisions, or the answer to a bouncer.
func crowdsec(data []byte, now time.Time) (list []respond.Entry, left int, err error) {
	var all []decision
	if data[0] == '{' {
		var stream struct {
			New *[]decision `json:"new"`
		}
		if err = json.Unmarshal(data, &stream); err == nil && stream.New == nil {
			err = errors.New(`want a list, or an object with "new"`)
		}
		if err == nil {
			all = *stream.New
		}
	} else {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read decisions of CrowdSec: %w", err)
	}
	var faults []error
	add := func(d *decision) {
		if scope := strings.ToLower(d.Scope); scope != "ip" && scope != "range" || d.Type != "ban" && d.Type != "" {
			left++ // countries, users, captchas
			return
		}
		e := respond.Entry{Target: d.Value, Reason: d.Scenario}
		if _, err := respond.ParseNetwork(d.Value); err != nil {
			faults = append(faults, fmt.Errorf("%.60q is no address or network", d.Value))
			return
		}
		until, err := time.Parse(time.RFC3339, d.Until)
		if err != nil {
			var lasts time.Duration
			if lasts, err = time.ParseDuration(d.Duration); err != nil {
				faults = append(faults, fmt.Errorf("%s: %.40q is no duration", d.Value, d.Duration))
				return
			}
			until = now.Add(lasts)
		}
		e.Until = &until
		list = append(list, e)
	}
	for i := range all {
		if len(faults) >= maxFaults {
			break
		}
		if len(list) > respond.MaxImport {
			return nil, 0, tooLong()
		}
		if all[i].Decisions == nil && all[i].Value != "" {
			add(&all[i])
			continue
		}
		for j := range all[i].Decisions {
			add(&all[i].Decisions[j])
		}
	}
	if len(list) > respond.MaxImport {
		return nil, 0, tooLong()
	}
	return list, left, errors.Join(faults...)
}
