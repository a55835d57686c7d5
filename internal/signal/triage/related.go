package triage

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// around is how long before and after a signal its related logs are.
const around = 5 * time.Minute

// Related is a search for the logs around a signal.
type Related struct {
	Query string    `json:"query"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
}

// about returns what follows from the document of a signal: where its logs are, and the
// tactics and techniques of ATT&CK that its tags name.
func about(doc []byte) (Related, []string, error) {
	var s struct {
		Group     map[string]string
		Entities  []struct{ Kind, Value string }
		Tags      []string
		FirstSeen time.Time `json:"first_seen"`
		LastSeen  time.Time `json:"last_seen"`
	}
	if err := json.Unmarshal(doc, &s); err != nil {
		return Related{}, nil, err
	}
	r := Related{From: s.FirstSeen.Add(-around), To: s.LastSeen.Add(around)}
	var clauses []string
	for path, value := range s.Group {
		clauses = append(clauses, clause(path, value))
	}
	if len(clauses) == 0 && len(s.Entities) > 0 {
		for _, path := range Standard(s.Entities[0].Kind) {
			clauses = append(clauses, clause(path, s.Entities[0].Value))
		}
		r.Query = strings.Join(sorted(clauses), " OR ")
	} else {
		r.Query = strings.Join(sorted(clauses), " ")
	}
	mitre := []string{}
	for _, tag := range s.Tags {
		if strings.HasPrefix(tag, "tactic:") || strings.HasPrefix(tag, "technique:") || strings.HasPrefix(tag, "attack.") {
			mitre = append(mitre, tag)
		}
	}
	return r, mitre, nil
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// clause returns the search for a value of an attribute.
func clause(path, value string) string {
	switch path {
	case "host", "service", "source", "status":
	default:
		path = "@" + path
	}
	return path + `:"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
