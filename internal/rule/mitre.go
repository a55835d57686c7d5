package rule

import "strings"

// Tactics returns the ids of the MITRE ATT&CK tactics that the tags name
// (tactic:TA0006-credential-access is TA0006), in the order of the tags.
func (r *Rule) Tactics() []string { return mitre(r.Tags, "tactic:", "TA") }

// Techniques returns the ids of the MITRE ATT&CK techniques that the tags name
// (technique:T1110.003-password-spraying is T1110.003).
func (r *Rule) Techniques() []string { return mitre(r.Tags, "technique:", "T") }

func mitre(tags []string, key, letters string) []string {
	var ids []string
	for _, tag := range tags {
		rest, ok := strings.CutPrefix(tag, key)
		if !ok {
			continue
		}
		id, _, _ := strings.Cut(rest, "-")
		if number, ok := strings.CutPrefix(id, letters); ok && number != "" && strings.Trim(number, "0123456789.") == "" {
			ids = append(ids, id)
		}
	}
	return ids
}
