package dates

// three packs the first three letters of text, in lower case, into a number; 0
// when text is shorter. Names differ in their first three letters.
func three(text string) uint32 {
	if len(text) < 3 {
		return 0
	}
	return uint32(text[0]|0x20)<<16 | uint32(text[1]|0x20)<<8 | uint32(text[2]|0x20)
}

// month returns the number of the month whose English name starts text, and the
// length of the name. The full name and its first three letters count, in any
// case; a point behind the short name belongs to it.
func month(text string) (number, length int) {
	var name string
	switch three(text) {
	case 'j'<<16 | 'a'<<8 | 'n':
		number, name = 1, "january"
	case 'f'<<16 | 'e'<<8 | 'b':
		number, name = 2, "february"
	case 'm'<<16 | 'a'<<8 | 'r':
		number, name = 3, "march"
	case 'a'<<16 | 'p'<<8 | 'r':
		number, name = 4, "april"
	case 'm'<<16 | 'a'<<8 | 'y':
		number, name = 5, "may"
	case 'j'<<16 | 'u'<<8 | 'n':
		number, name = 6, "june"
	case 'j'<<16 | 'u'<<8 | 'l':
		number, name = 7, "july"
	case 'a'<<16 | 'u'<<8 | 'g':
		number, name = 8, "august"
	case 's'<<16 | 'e'<<8 | 'p':
		number, name = 9, "september"
	case 'o'<<16 | 'c'<<8 | 't':
		number, name = 10, "october"
	case 'n'<<16 | 'o'<<8 | 'v':
		number, name = 11, "november"
	case 'd'<<16 | 'e'<<8 | 'c':
		number, name = 12, "december"
	default:
		return 0, 0
	}
	return number, nameLength(text, name)
}

// weekday is month for the days of the week, whose number nobody needs.
func weekday(text string) (length int) {
	var name string
	switch three(text) {
	case 's'<<16 | 'u'<<8 | 'n':
		name = "sunday"
	case 'm'<<16 | 'o'<<8 | 'n':
		name = "monday"
	case 't'<<16 | 'u'<<8 | 'e':
		name = "tuesday"
	case 'w'<<16 | 'e'<<8 | 'd':
		name = "wednesday"
	case 't'<<16 | 'h'<<8 | 'u':
		name = "thursday"
	case 'f'<<16 | 'r'<<8 | 'i':
		name = "friday"
	case 's'<<16 | 'a'<<8 | 't':
		name = "saturday"
	default:
		return 0
	}
	return nameLength(text, name)
}

// nameLength is the length of the name or its abbreviation at the start of text,
// whose first three letters are known to fit: all of the name, or three letters,
// four of Sept and Tues, with or without a point.
func nameLength(text, name string) int {
	if len(text) == 3 || (text[3] < 'A' || text[3] > 'z') && text[3] != '.' {
		return 3
	}
	if len(text) >= len(name) && equalFold(text[3:len(name)], name[3:]) {
		return len(name)
	}
	n := 3
	if c := text[3] | 0x20; name == "september" && c == 't' || name == "tuesday" && c == 's' {
		n++
	}
	if len(text) > n && text[n] == '.' {
		n++
	}
	return n
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
