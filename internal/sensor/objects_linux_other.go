//go:build linux && !amd64 && !arm64

package sensor

// objects are the compiled programs: there are none for this processor.
var objects []byte
