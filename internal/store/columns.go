package store

import (
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
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

// node returns the type of a column.
func node(kind byte) parquet.Node {
	switch kind {
	case 't':
		return parquet.Timestamp(parquet.Nanosecond)
	case 'i':
		return parquet.Int(64)
	case 'd':
		return parquet.Leaf(parquet.DoubleType)
	case 'b':
		return parquet.Leaf(parquet.BooleanType)
	default:
		return parquet.String()
	}
}

// encoded adds the encoding that suits the values.
func encoded(s *series) parquet.Node {
	n := parquet.Optional(node(s.kind))
	switch s.kind {
	case 'b':
		return n
	case 't':
		return parquet.Encoded(n, &parquet.DeltaBinaryPacked)
	case 's':
		if s.name == colShape || len(s.texts) <= len(s.rows)/2 {
			return parquet.Encoded(n, &parquet.RLEDictionary)
		}
		if isName(s) {
			// The fastest level leaves texts as they are in which nothing repeats, such
			// as ids in hexadecimal digits.
			n = parquet.Compressed(n, &zstd.Codec{Level: zstd.SpeedBetterCompression})
		}
		return parquet.Encoded(n, &parquet.DeltaLengthByteArray)
	default:
		if repeats(s.nums) {
			return parquet.Encoded(n, &parquet.RLEDictionary)
		}
		if s.kind == 'i' {
			return parquet.Encoded(n, &parquet.DeltaBinaryPacked)
		}
		return n
	}
}

// repeats reports whether most numbers come more than once, by the look of the first.
func repeats(nums []uint64) bool {
	nums = nums[:min(len(nums), 4*manyTexts)]
	seen := make(map[uint64]struct{}, len(nums)/4)
	for _, n := range nums {
		seen[n] = struct{}{}
		if len(seen) > len(nums)/2 {
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
