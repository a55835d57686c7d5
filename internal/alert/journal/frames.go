package journal

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	// frameHead is the length in bytes of what stands before the bytes of a frame: their
	// number and their checksum.
	frameHead = 8
	// maxFrame is the size in bytes of the largest frame: a snapshot is one.
	maxFrame = 256 << 20
)

// appendFrame appends a frame with its length and checksum.
func appendFrame(dst, frame []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(frame)))
	dst = binary.BigEndian.AppendUint32(dst, crc32.Checksum(frame, crc32.MakeTable(crc32.Castagnoli)))
	return append(dst, frame...)
}

// scanFrames gives each frame to use, up to one that breaks off or is damaged, and returns
// where that begins.
func scanFrames(data []byte, use func([]byte) error) (int, error) {
	at := 0
	for len(data)-at >= frameHead {
		n := binary.BigEndian.Uint32(data[at:])
		sum := binary.BigEndian.Uint32(data[at+4:])
		if n > maxFrame || int(n) > len(data)-at-frameHead {
			break
		}
		frame := data[at+frameHead : at+frameHead+int(n)]
		if crc32.Checksum(frame, crc32.MakeTable(crc32.Castagnoli)) != sum {
			break
		}
		if err := use(frame); err != nil {
			return at, err
		}
		at += frameHead + int(n)
	}
	return at, nil
}
