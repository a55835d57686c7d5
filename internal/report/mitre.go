package report

import (
	"slices"
	"strings"
)

// technique is one entry of MITRE ATT&CK or CAPEC that a signal's tags name.
type technique struct {
	// ID is a technique (T1110, T1110.001), a tactic (TA0006) or a pattern of attack
	// (CAPEC-66); empty for a tactic that the tag names by its word alone.
	ID string
	// Name is what the tag says after the id; empty when it says nothing.
	Name string
}

func (t technique) String() string {
	return strings.TrimSpace(t.ID + " " + t.Name)
}

// techniques reads ATT&CK ids from tags in Datadog's form
// (technique:T1110-brute-force, tactic:TA0006-credential-access) and in Sigma's
// (attack.t1110.001, attack.credential_access), and CAPEC's
// (capec:CAPEC-66-sql-injection). Techniques come first, patterns of CAPEC last.
func techniques(tags []string) []technique {
	var found, tactics, patterns []technique
	for _, tag := range tags {
		lower := strings.ToLower(tag)
		switch {
		case strings.HasPrefix(lower, "technique:"), strings.HasPrefix(lower, "tactic:"):
			_, value, _ := strings.Cut(tag, ":")
			t := named(value)
			if strings.HasPrefix(lower, "tactic:") {
				tactics = appendNew(tactics, t)
			} else {
				found = appendNew(found, t)
			}
		case strings.HasPrefix(lower, "capec:capec-"):
			number, name, _ := strings.Cut(tag[len("capec:capec-"):], "-")
			patterns = appendNew(patterns, technique{ID: "CAPEC-" + number, Name: strings.ReplaceAll(name, "-", " ")})
		case strings.HasPrefix(lower, "attack."):
			word := lower[len("attack."):]
			if isTechnique(word) {
				found = appendNew(found, technique{ID: strings.ToUpper(word)})
			} else if isTactic(word) {
				tactics = appendNew(tactics, technique{Name: strings.NewReplacer("_", " ", "-", " ").Replace(word)})
			}
		}
	}
	return slices.Concat(found, tactics, patterns)
}

func appendNew(list []technique, t technique) []technique {
	if slices.Contains(list, t) {
		return list
	}
	return append(list, t)
}

// named cuts T1110-brute-force into the id and the name.
func named(value string) technique {
	id, name, _ := strings.Cut(value, "-")
	lower := strings.ToLower(id)
	if digits, tactic := strings.CutPrefix(lower, "ta"); !isTechnique(lower) && (!tactic || !isTechnique("t"+digits)) {
		return technique{Name: strings.ReplaceAll(value, "-", " ")}
	}
	return technique{ID: strings.ToUpper(id), Name: strings.ReplaceAll(name, "-", " ")}
}

// isTechnique reports whether the word is t, digits, and perhaps a dot and digits.
func isTechnique(word string) bool {
	if len(word) < 5 || word[0] != 't' {
		return false
	}
	for _, c := range []byte(word[1:]) {
		if (c < '0' || c > '9') && c != '.' {
			return false
		}
	}
	return true
}

func isTactic(word string) bool {
	switch strings.ReplaceAll(word, "-", "_") {
	case "reconnaissance", "resource_development", "initial_access", "execution", "persistence",
		"privilege_escalation", "defense_evasion", "credential_access", "discovery", "lateral_movement",
		"collection", "command_and_control", "exfiltration", "impact":
		return true
	default:
		return false
	}
}
