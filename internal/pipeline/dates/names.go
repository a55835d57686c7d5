package dates

// month returns the number of the month whose English name starts text, and the
// length of the name. Both the full name and its first three letters count, in
// any case; a point behind the short name belongs to it.
func month(text string) (number, length int) {
	if len(text) < 3 {
		return 0, 0
	}
	for m := 1; m <= 12; m++ {
		name := monthName(m)
		if !equalFold(text[:3], name[:3]) {
			continue
		}
		if len(text) >= len(name) && equalFold(text[:len(name)], name) {
			return m, len(name)
		}
		return m, short(text, 3)
	}
	return 0, 0
}

// weekday is month for the days of the week, whose number nobody needs.
func weekday(text string) (length int) {
	if len(text) < 3 {
		return 0
	}
	for d := range 7 {
		name := weekdayName(d)
		if !equalFold(text[:3], name[:3]) {
			continue
		}
		if len(text) >= len(name) && equalFold(text[:len(name)], name) {
			return len(name)
		}
		return short(text, 3)
	}
	return 0
}

// short is the length of an abbreviation of n letters: a fourth letter ("Sept",
// "Tues") and a point may follow.
func short(text string, n int) int {
	if len(text) > n && (text[n]|0x20 == 't' && equalFold(text[:n], "sep") || text[n]|0x20 == 's' && equalFold(text[:n], "tue")) {
		n++
	}
	if len(text) > n && text[n] == '.' {
		n++
	}
	return n
}

func monthName(m int) string {
	switch m {
	case 1:
		return "january"
	case 2:
		return "february"
	case 3:
		return "march"
	case 4:
		return "april"
	case 5:
		return "may"
	case 6:
		return "june"
	case 7:
		return "july"
	case 8:
		return "august"
	case 9:
		return "september"
	case 10:
		return "october"
	case 11:
		return "november"
	default:
		return "december"
	}
}

func weekdayName(d int) string {
	switch d {
	case 0:
		return "sunday"
	case 1:
		return "monday"
	case 2:
		return "tuesday"
	case 3:
		return "wednesday"
	case 4:
		return "thursday"
	case 5:
		return "friday"
	default:
		return "saturday"
	}
}

// equalFold compares with a lower-case ASCII word of the same length.
func equalFold(text, lower string) bool {
	for i := range len(lower) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
