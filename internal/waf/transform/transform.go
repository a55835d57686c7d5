// Package transform holds the transformations of SecLang: what a rule does to a
// text before it looks at it.
//
// They are written from the reference manual of ModSecurity; where the manual
// leaves something open, they do what Coraza does, and tests compare the two.
package transform

// Func appends the transformed src to dst, which must not overlap it. It reports
// whether the transformation counts as one that changed something, which decides
// what a rule with multiMatch looks at; most, but not all, report the truth.
type Func func(dst, src []byte) (out []byte, changed bool)

// Transform is one transformation.
type Transform struct {
	// Apply does it.
	Apply Func
	// Wakes are the bytes of which at least one is in every text that the
	// transformation changes.
	Wakes ByteSet
	// Always says that it may change any text, also the empty one.
	Always bool
	// Simple says that it leaves simple texts alone but for letter case, or cuts
	// something off their end: texts of the SimpleBytes, without //, /., ./ and -- in
	// them, that do not begin with a dot and are not a single slash.
	Simple bool
	// Shrinks says that the result has no more characters than the text has bytes.
	Shrinks bool
	// Case says that a text of ASCII letters, digits and any bytes outside of
	// Wakes but A-Z only changes from upper to lower case.
	Case bool
}

// Lookup returns the transformation with that name, in lower case.
func Lookup(name string) (Transform, bool) {
	t := Transform{Apply: apply(name)}
	if t.Apply == nil {
		return t, false
	}
	switch name {
	case "base64decode", "base64decodeext", "base64encode", "hexdecode", "hexencode", "length", "md5", "sha1":
		t.Always = true
	case "normalizepath", "normalisepath":
		t.Wakes = set("/.")
	case "normalizepathwin", "normalisepathwin":
		t.Wakes = set(`/\.: `)
	case "urldecode", "urldecodeuni":
		t.Wakes = set("%+")
	case "htmlentitydecode":
		t.Wakes = set("&")
	case "jsdecode", "cssdecode", "escapeseqdecode":
		t.Wakes = set(`\`)
	case "removenulls", "replacenulls":
		t.Wakes = set("\x00")
	case "replacecomments":
		t.Wakes = set("*")
	case "removecomments", "removecommentschar":
		t.Wakes = set("*-#")
	case "removewhitespace", "compresswhitespace", "trim", "trimleft", "trimright":
		t.Wakes = set(" \t\n\v\f\r").With(highBytes())
	case "utf8tounicode":
		t.Wakes = highBytes()
	case "lowercase":
		t.Wakes, t.Case = between('A', 'Z').With(highBytes()), true
	case "uppercase":
		t.Wakes = between('a', 'z').With(highBytes())
	case "cmdline":
		// A slash or a bracket only changes together with a space.
		t.Wakes, t.Case = between('A', 'Z').With(set("\"'\\^ ,;\t\r\n")), true
	case "urlencode":
		t.Wakes = between(0, 255)
	}
	switch name {
	case "utf8tounicode", "urlencode", "base64encode", "hexencode", "length", "md5", "sha1", "normalizepath", "normalisepath",
		"normalizepathwin", "normalisepathwin", "removecomments":
	default:
		t.Shrinks = true
	}
	switch name {
	case "lowercase", "cmdline", "normalizepath", "normalisepath", "normalizepathwin", "normalisepathwin",
		"removecomments", "removecommentschar", "replacecomments":
		t.Simple = true
	default:
		t.Simple = !t.Always && !t.Wakes.Meets(SimpleBytes())
	}
	return t, true
}

// SimpleBytes are letters, digits and the marks that simple texts may hold.
func SimpleBytes() ByteSet {
	return set("_-./@~!").With(between('a', 'z')).With(between('A', 'Z')).With(between('0', '9'))
}

func apply(name string) Func {
	switch name {
	case "base64decode":
		return base64Decode
	case "base64decodeext":
		return base64DecodeExt
	case "base64encode":
		return base64Encode
	case "cmdline":
		return cmdLine
	case "compresswhitespace":
		return compressWhitespace
	case "cssdecode":
		return cssDecode
	case "escapeseqdecode":
		return escapeSeqDecode
	case "hexdecode":
		return hexDecode
	case "hexencode":
		return hexEncode
	case "htmlentitydecode":
		return htmlEntityDecode
	case "jsdecode":
		return jsDecode
	case "length":
		return length
	case "lowercase":
		return lowercase
	case "md5":
		return md5Sum
	case "normalisepath", "normalizepath":
		return normalizePath
	case "normalisepathwin", "normalizepathwin":
		return normalizePathWin
	case "removecomments":
		return removeComments
	case "removecommentschar":
		return removeCommentsChar
	case "removenulls":
		return removeNulls
	case "removewhitespace":
		return removeWhitespace
	case "replacecomments":
		return replaceComments
	case "replacenulls":
		return replaceNulls
	case "sha1":
		return sha1Sum
	case "trim":
		return trim
	case "trimleft":
		return trimLeft
	case "trimright":
		return trimRight
	case "uppercase":
		return uppercase
	case "urldecode":
		return urlDecode
	case "urldecodeuni":
		return urlDecodeUni
	case "urlencode":
		return urlEncode
	case "utf8tounicode":
		return utf8ToUnicode
	default:
		return nil
	}
}

// ByteSet is a set of byte values.
type ByteSet [4]uint64

// BytesOf returns the bytes that occur in the text.
func BytesOf(text []byte) (s ByteSet) {
	for _, c := range text {
		s[c>>6] |= 1 << (c & 63)
	}
	return s
}

// Has reports whether the byte is in the set.
func (s ByteSet) Has(c byte) bool { return s[c>>6]>>(c&63)&1 == 1 }

// Meets reports whether the sets have a byte in common.
func (s ByteSet) Meets(other ByteSet) bool {
	return s[0]&other[0]|s[1]&other[1]|s[2]&other[2]|s[3]&other[3] != 0
}

// Without returns the bytes that are not in the other set.
func (s ByteSet) Without(other ByteSet) ByteSet {
	for i := range s {
		s[i] &^= other[i]
	}
	return s
}

// Within reports whether all bytes are in the other set.
func (s ByteSet) Within(other ByteSet) bool {
	return s[0]&^other[0]|s[1]&^other[1]|s[2]&^other[2]|s[3]&^other[3] == 0
}

// With returns the bytes of both sets.
func (s ByteSet) With(other ByteSet) ByteSet {
	for i := range s {
		s[i] |= other[i]
	}
	return s
}

func set(text string) ByteSet { return BytesOf([]byte(text)) }

func between(from, to byte) (s ByteSet) {
	for c := int(from); c <= int(to); c++ {
		s[c>>6] |= 1 << (c & 63)
	}
	return s
}

func highBytes() ByteSet { return ByteSet{2: ^uint64(0), 3: ^uint64(0)} }

// hexValue returns the value of a hexadecimal digit, -1 for any other byte.
func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	default:
		return -1
	}
}

// hexPair reads two digits at the start of the text, -1 when they are none.
func hexPair(b []byte) int {
	if len(b) < 2 {
		return -1
	}
	high, low := hexValue(b[0]), hexValue(b[1])
	if high < 0 || low < 0 {
		return -1
	}
	return high<<4 | low
}
