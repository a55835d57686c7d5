package transform

import (
	"crypto/md5"  //nolint:gosec // the language asks for it
	"crypto/sha1" //nolint:gosec // the language asks for it
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

// base64Decode decodes up to the first byte that is not of the alphabet.
func base64Decode(dst, src []byte) ([]byte, bool) { return decode64(dst, src, false), true }

// base64DecodeExt skips such bytes, and knows the alphabet for URLs too.
func base64DecodeExt(dst, src []byte) ([]byte, bool) { return decode64(dst, src, true), true }

func decode64(dst, src []byte, lenient bool) []byte {
	var bits uint32
	n := 0
	for _, c := range src {
		if c == '\r' || c == '\n' || lenient && (c == '.' || c == '\t' || c == '\v' || c == '\f' || c == ' ' || c == 0x85 || c == 0xa0) {
			continue
		}
		if c == '=' || c == ' ' {
			break
		}
		v := value64(c, lenient)
		if v < 0 {
			if lenient {
				continue
			}
			break
		}
		bits = bits<<6 | uint32(v) // a digit has six bits
		if n++; n == 4 {
			dst = append(dst, byte(bits>>16), byte(bits>>8), byte(bits))
			n, bits = 0, 0
		}
	}
	switch n {
	case 2:
		dst = append(dst, byte(bits>>4))
	case 3:
		dst = append(dst, byte(bits>>10), byte(bits>>2))
	}
	return dst
}

func value64(c byte, lenient bool) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+' || lenient && c == '-':
		return 62
	case c == '/' || lenient && c == '_':
		return 63
	default:
		return -1
	}
}

func base64Encode(dst, src []byte) ([]byte, bool) {
	return base64.StdEncoding.AppendEncode(dst, src), true
}

func hexEncode(dst, src []byte) ([]byte, bool) { return hex.AppendEncode(dst, src), true }

// hexDecode leaves a text alone that is not hexadecimal from end to end.
func hexDecode(dst, src []byte) ([]byte, bool) {
	start := len(dst)
	out, err := hex.AppendDecode(dst, src)
	if err != nil {
		return append(dst[:start], src...), false
	}
	return out, true
}

func length(dst, src []byte) ([]byte, bool) {
	return strconv.AppendInt(dst, int64(len(src)), 10), true
}

func md5Sum(dst, src []byte) ([]byte, bool) {
	sum := md5.Sum(src) //nolint:gosec // the language asks for it
	return append(dst, sum[:]...), true
}

func sha1Sum(dst, src []byte) ([]byte, bool) {
	sum := sha1.Sum(src) //nolint:gosec // the language asks for it
	return append(dst, sum[:]...), true
}
