package source

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// maxBodyWindow is how far back in bytes a body that is packed by zstd may refer: what
// RFC 8878 wants everybody to support, and what senders use.
const maxBodyWindow = 8 << 20

var (
	errTooLarge = errors.New("the body is larger than allowed")
	errEncoding = errors.New("want the Content-Encoding gzip, deflate, zstd, snappy or identity")
	errPacked   = errors.New("the body is not packed as its Content-Encoding says")
)

// bodyOf reads the body and unpacks it, both up to a number of bytes.
func bodyOf(r *http.Request, most int64) ([]byte, error) {
	packed, err := limited(r.Body, most)
	if err != nil {
		return nil, err
	}
	return unpacked(packed, r.Header.Get("Content-Encoding"), most)
}

// unpacked unpacks by the encoding, up to a number of bytes.
func unpacked(packed []byte, encoding string, most int64) ([]byte, error) {
	var unpack io.Reader
	var err error
	switch strings.ToLower(encoding) {
	case "", "identity":
		return packed, nil
	case "gzip", "x-gzip":
		unpack, err = gzip.NewReader(bytes.NewReader(packed))
	case "deflate", "zlib":
		// The standard wants zlib around it; some senders leave it out.
		if unpack, err = zlib.NewReader(bytes.NewReader(packed)); err != nil {
			unpack, err = flate.NewReader(bytes.NewReader(packed)), nil
		}
	case "zstd":
		var d *zstd.Decoder
		d, err = zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxBodyWindow))
		if err == nil {
			defer d.Close()
		}
		unpack = d
	case "snappy", "x-snappy-framed":
		return unsnapped(packed, most)
	default:
		return nil, errEncoding
	}
	if err != nil {
		return nil, errPacked
	}
	return limited(unpack, most)
}

// unsnapped unpacks a block of snappy, or its stream of frames.
func unsnapped(packed []byte, most int64) ([]byte, error) {
	if bytes.HasPrefix(packed, []byte("\xff\x06\x00\x00sNaPpY")) {
		return limited(snappy.NewReader(bytes.NewReader(packed)), most)
	}
	n, err := snappy.DecodedLen(packed)
	switch {
	case err != nil:
		return nil, errPacked
	case int64(n) > most:
		return nil, errTooLarge
	// A byte of a block stands for 64 at most, so what claims more lies.
	case int64(n) > 64*int64(len(packed)):
		return nil, errPacked
	}
	plain, err := snappy.Decode(nil, packed)
	if err != nil {
		return nil, errPacked
	}
	return plain, nil
}

func limited(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if int64(len(data)) > most {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, errors.New("the body breaks off or is damaged")
	}
	return data, nil
}
