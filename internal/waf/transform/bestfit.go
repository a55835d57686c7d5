package transform

// bestFit returns the ASCII character that Windows makes of a character which has
// none of its own (best fit of code page 20127, as ModSecurity's unicode.mapping
// has it); false when there is none.
func bestFit(r rune) (byte, bool) {
	const (
		first = 0xa0
		latin = "" +
			" !c_$Y|__Ca<_-R___23___.,1o>____AAAAAAACEEEEIIIIDNOOOOO_OUUUUY__" +
			"aaaaaaaceeeeiiii_nooooo_ouuuuy_yAaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg" +
			"GgGgHhHhIiIiIiIiIi__JjKk_LlLlLl__LlNnNnNn___OoOoOoOoRrRrRrSsSsSs" +
			"SsTtTtTtUuUuUuUuUuUuWwYyYZ_ZzZz_b________D_______Ff____I__l____O" +
			"Oo_________t__TUu_____z______________________AaIiOoUuUuUuUuUu_Aa" +
			"____GgGgKkOoOo__j"
	)
	switch {
	case r >= first && r < first+rune(len(latin)):
		c := latin[r-first]
		return c, c != '_' // nothing there fits to the underscore
	case r >= 0xff01 && r <= 0xff5e: // full width
		return byte(r - 0xff00 + 0x20), true
	}
	switch r {
	case 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006:
		return ' ', true
	case 0x02ba, 0x030e, 0x201c, 0x201d, 0x201e:
		return '"', true
	case 0x02b9, 0x02bc, 0x02c8, 0x2018, 0x2019, 0x2032:
		return '\'', true
	case 0x201a:
		return ',', true
	case 0x2010, 0x2011, 0x2013, 0x2014:
		return '-', true
	case 0x2022, 0x2026:
		return '.', true
	case 0x2039:
		return '<', true
	case 0x203a:
		return '>', true
	case 0x2122:
		return 'T', true
	case 0x02c4, 0x02c6, 0x0302:
		return '^', true
	case 0x02cd, 0x0331, 0x0332:
		return '_', true
	case 0x02cb, 0x0300, 0x2035:
		return '`', true
	case 0x0261:
		return 'g', true
	case 0x02dc, 0x0303:
		return '~', true
	}
	return 0, false
}
