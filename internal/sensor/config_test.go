package sensor_test

import (
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/sensor"
)

func TestConfig(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var c sensor.Config
		if err := document.Decode("c.yaml", []byte(text), &c, document.Options{}); err != nil {
			t.Fatal(err)
		}
		faults := c.Check(document.Pos{File: "c.yaml", Line: 1, Col: 1})
		switch {
		case want == "" && len(faults) > 0:
			t.Errorf("%s: %v", text, faults)
		case want != "" && (len(faults) != 1 || !strings.Contains(faults.Error(), want)):
			t.Errorf("%s: got %v, want %s", text, faults, want)
		}
	}
	f("{}", "")
	f("{mode: ebpf, events: [exec, connect], containers_only: true, files: [/etc, /usr/bin], buffer_bytes: 1048576}", "")
	f("{mode: ebfp}", `c.yaml:1:8: mode "ebfp", want off, auto, ebpf, audit, proc, top (did you mean "ebpf"?)`)
	f("{events: [exce]}", `events: "exce" is no kind`)
	f("{files: [etc]}", `wants to be the whole name of a folder`)
	f("{files: [/]}", `wants to be the whole name of a folder`)
	f("{files: [/averyverylongfolder/x]}", `has more than 15 bytes`)
	f("{buffer_bytes: 7}", "buffer_bytes wants a number from 65536")
}
