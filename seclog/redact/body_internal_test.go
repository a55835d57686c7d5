package redact

import (
	"strings"
	"testing"
	"time"
)

// TestRedactTakesTimeByLength: elements without an end must not each be looked through to
// the end of the line.
func TestRedactTakesTimeByLength(t *testing.T) {
	for _, part := range []string{
		"<password><![CDATA[[REDACTED:", `\u003cpassword\u003e\u003c![CDATA[[REDACTED:`, "<password>[REDACTED:", "<password>null", "<password>", "<password/><password>", `password="[REDACTED:`, `password=\"[REDACTED:'`, "cookie={",
		"cookie=[REDACTED:", "cookie: -", "sessionid=1", "sessionid='", "a://b:-@", "a://:", "token=[", "password: ", "eyJ", "eyJh.", "4111 ", "1", "4-", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "ghp_", "%3D", "token%3D", "%25", "token%3Dnull", "basic ", "Basic YTpi", "xoxb-", "AKIA", "sk_live_", "--password ", "-p ", ` name="password"` + "\n\n[REDACTED:",
	} {
		began := time.Now()
		Text(strings.Repeat(part, 1<<20/len(part)))
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s: %s", part, took)
		}
	}
}
