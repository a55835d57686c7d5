package document

import "strings"

// maxWord is the length in bytes beyond which a word is not compared: nobody
// mistypes a longer one.
const maxWord = 64

// Suggest returns the known word that is nearest to word, "" when none is near.
// Letter case, and the difference between - and _, count for nothing; otherwise
// one change is near in a short word, and up to three in a long one. Two letters
// that changed places are one change.
func Suggest(word string, known []string) string {
	folded := fold(word)
	if len(folded) > maxWord || folded == "" {
		return ""
	}
	best, nearest := "", 1+min(3, max(1, len(folded)/3))
	for _, k := range known {
		if len(k) > maxWord || k == word {
			continue
		}
		if d := distance(folded, fold(k), nearest); d < nearest {
			best, nearest = k, d
		}
	}
	return best
}

func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(s))
}

// distance returns the number of letters to insert, delete, replace or swap to
// turn a into b; limit or more when it is not below limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var rows [3][maxWord + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
