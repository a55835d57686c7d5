package sensor

import _ "embed"

// objects are the compiled programs; bpf/generate.sh makes them.
//
//go:embed bpf/sensor_arm64.o
var objects []byte
