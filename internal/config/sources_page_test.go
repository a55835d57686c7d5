package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/config"
)

// TestThePageAboutSources reads each configuration of the server on the page, and wants each
// kind of source there.
func TestThePageAboutSources(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "sources.md"))
	if err != nil {
		t.Fatal(err)
	}
	secret := token(t, "0123456789abcdef0123456789\n", 0o600)
	file := regexp.MustCompile(`/etc/sasumata/[\w.]+\.(?:token|password)`)
	blocks := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	nothing, err := config.Parse("sources.md", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, block := range blocks {
		text := file.ReplaceAllString(block[1], secret)
		if strings.Contains(text, "tls: {cert_file") { // certificates are looked at, too
			text = regexp.MustCompile(`(?m)^  tls: .*\n`).ReplaceAllString(text, "")
		}
		c, err := config.Parse("sources.md", []byte(text))
		if err != nil {
			t.Errorf("%v\n%s", err, block[1])
			continue
		}
		if reflect.DeepEqual(c, nothing) {
			t.Errorf("says nothing:\n%s", block[1])
		}
		all.WriteString("\n" + block[1])
	}
	for _, kind := range []string{"files", "journal", "docker", "syslog", "http", "gelf", "kafka", "nats", "sensor", "containers", "metrics"} {
		if !strings.Contains(all.String(), "\n"+kind+":") {
			t.Errorf("the page has no configuration of %s", kind)
		}
	}
	for _, path := range []string{"/intake/lines", "/api/v2/logs", "/v1/logs", "/loki/api/v1/push", "/elastic", "/services/collector", "/gelf"} {
		if !strings.Contains(string(page), path) {
			t.Errorf("the page says nothing of %s", path)
		}
	}
}
