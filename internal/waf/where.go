package waf

// Where is a set of the parts of a request that a pattern looks at.
type Where uint8

// The parts of a request, decoded as the package comment says.
const (
	// InPath is the path, without scheme, host and query.
	InPath Where = 1 << iota
	// InQuery is the whole query as one text: name=value&name=value.
	InQuery
	// InArgs is each parameter name and each parameter value on its own.
	InArgs
	// InUserAgent is the User-Agent header.
	InUserAgent
	// InReferer is the Referer header.
	InReferer
)

// inURL are the parts that come from the URL.
const inURL = InPath | InQuery | InArgs

// ParseWhere returns the part of the request that the word names in a pattern
// file: path, query, args, useragent or referer.
func ParseWhere(word string) (Where, bool) {
	switch word {
	case "path":
		return InPath, true
	case "query":
		return InQuery, true
	case "args":
		return InArgs, true
	case "useragent":
		return InUserAgent, true
	case "referer":
		return InReferer, true
	default:
		return 0, false
	}
}

// String returns the words of the set, divided by commas.
func (w Where) String() string {
	text := ""
	for _, word := range whereWords() {
		if part, _ := ParseWhere(word); w&part != 0 {
			if text != "" {
				text += ","
			}
			text += word
		}
	}
	return text
}

func whereWords() []string { return []string{"path", "query", "args", "useragent", "referer"} }
