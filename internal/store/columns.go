package store

import (
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// The columns beside those of attributes, which are named "@" and the path.
const (
	colTime    = "timestamp"
	colMessage = "message"
	colStatus  = "status"
	colService = "service"
	colHost    = "host"
	colTrace   = "trace_id"
	colSpan    = "span_id"
	colTags    = "tags"    // a JSON array
	colSource  = "_source" // only in parts of several sources
	colShape   = "_shape"
	colMore    = "_more" // a JSON object: values without a column
)

const (
	// maxColumns is the number of attributes that have a column in one part. The most
	// frequent ones do; the others stand in the overflow.
	maxColumns = 200
	// bloomBits is the size of a Bloom filter for each row: one wrong answer in a
	// hundred.
	bloomBits = 10
	// formatKey and formatVersion stand in the metadata of every part.
	formatKey     = "sasumata.format"
	formatVersion = "1"
)

// typeOf returns the type of a column.
func typeOf(kind byte) parquet.Type {
	switch kind {
	case 't':
		return parquet.Timestamp(parquet.Nanosecond).Type()
	case 'i':
		return parquet.Int(64).Type()
	case 'd':
		return parquet.DoubleType
	case 'b':
		return parquet.BooleanType
	default:
		return parquet.String().Type()
	}
}

// coding is how the values of a column are written.
type coding struct {
	encoding encoding.Encoding
	// dictionary says that each value is written once, and numbers in its place.
	dictionary bool
	// filtered says that the column has a Bloom filter.
	filtered bool
}

// coding returns the one that suits the values.
func (m *maker) coding(s *series) coding {
	c := coding{encoding: &parquet.Plain, filtered: isName(s)}
	switch {
	case s.kind == 't':
		c.encoding = &parquet.DeltaBinaryPacked
	case s.kind == 's' && (s.name == colShape || s.texts.len() <= len(s.rows)/2), (s.kind == 'i' || s.kind == 'd') && m.repeats(s.nums):
		c.encoding, c.dictionary = &parquet.RLEDictionary, true
	case s.kind == 's':
		c.encoding = &parquet.DeltaLengthByteArray
	case s.kind == 'i':
		c.encoding = &parquet.DeltaBinaryPacked
	}
	return c
}

// repeats reports whether most numbers come more than once, by the look of the first.
func (m *maker) repeats(nums []int64) bool {
	nums = nums[:min(len(nums), 4*manyTexts)]
	m.numbers.reset(len(nums))
	for _, n := range nums {
		m.numbers.number(n)
		if len(m.numbers.values) > len(nums)/2 {
			return false
		}
	}
	return true
}

// isName reports whether people look for single values of the column: addresses,
// users, ids. Such columns have a Bloom filter.
func isName(s *series) bool {
	if s.kind != 's' {
		return false
	}
	switch s.name {
	case colTrace, colSpan:
		return true
	}
	path, ok := strings.CutPrefix(s.name, "@")
	if !ok {
		return false
	}
	last := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	switch last {
	case "ip", "id", "email", "uuid", "address", "addr", "srcip", "dstip", "md5", "sha1", "sha256", "hash", "user", "username", "login", "account":
		return true
	}
	return strings.HasSuffix(last, "_id") || strings.HasSuffix(last, "_ip") || strings.HasSuffix(last, "-id") || path == "usr.name"
}
