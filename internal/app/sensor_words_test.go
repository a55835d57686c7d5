package app_test

import (
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/sensor"
)

// TestTheSensorSpeaksJapanese wants what each way of the sensor does not see in Japanese on the
// page Health, and nothing there that no way says.
func TestTheSensorSpeaksJapanese(t *testing.T) {
	_, words, found := strings.Cut(read(t, "web/src/i18n/ja/server.ts"), "sensorSays: {")
	words, _, ended := strings.Cut(words, "\n    },")
	if !found || !ended {
		t.Fatal("the texts have no sensorSays")
	}
	said := map[string]bool{}
	for _, way := range sensor.Probe(t.Context(), string(sensor.Auto), nil).Ways {
		for _, what := range way.Misses {
			said[what] = true
			if !strings.Contains(words, `"`+what+`":`) {
				t.Errorf("%s: %q is not in Japanese", way.Way, what)
			}
		}
	}
	if n := strings.Count(words, `":`); n != len(said) {
		t.Errorf("%d texts are in Japanese, the ways have %d", n, len(said))
	}
}
