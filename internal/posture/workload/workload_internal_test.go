package workload

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClassify(t *testing.T) {
	f := func(path string, want Class) {
		t.Helper()
		if got := Classify(path); got != want {
			t.Errorf("Classify(%q) = %q, want %q", path, got, want)
		}
	}
	f("/", ClassRoot)
	f("//", ClassRoot)
	f("/etc/..", ClassRoot)
	f("/etc/", ClassEtc)
	f("/etc/passwd", ClassEtc)
	f("/etcetera", ClassNone)
	f("/etc/localtime", ClassNone)
	f("/var/run", ClassRun)
	f("/var/run/docker.sock", ClassSocket)
	f("//run//docker.sock", ClassSocket)
	f("/run/user/1000/podman/podman.sock", ClassSocket)
	f("/run/containerd", ClassRun)
	f("/var/lib/docker/containers", ClassEngine)
	f("/var/lib", ClassVar)
	f("/var/lib/app", ClassNone)
	f("/sys/fs/cgroup/x", ClassCgroup)
	f("/dev/shm", ClassNone)
	f("/home/ann/data", ClassNone)
	f("./etc", ClassNone)
	f("data", ClassNone)
	f("", ClassNone)
}

func TestCapabilities(t *testing.T) {
	f := func(add, drop []string, privileged bool, want []string) {
		t.Helper()
		if got := newCapabilities(add, drop, privileged).Effective; !slices.Equal(got, want) {
			t.Errorf("+%v -%v: %v, want %v", add, drop, got, want)
		}
	}
	f(nil, []string{"all"}, false, []string{})
	f([]string{"CAP_NET_BIND_SERVICE"}, []string{"ALL"}, false, []string{"NET_BIND_SERVICE"})
	f([]string{"cap_all"}, []string{"ALL"}, false, []string{"ALL"})
	f(nil, []string{"ALL"}, true, []string{"ALL"})
	got := newCapabilities([]string{"sys_admin"}, []string{"cap_chown", "MKNOD"}, false)
	if slices.Contains(got.Effective, "CHOWN") || !slices.Contains(got.Effective, "SYS_ADMIN") || len(got.Effective) != 13 {
		t.Errorf("%v", got)
	}
}

func TestPort(t *testing.T) {
	f := func(text, address string, hostFirst, hostLast, first, last int, all bool) {
		t.Helper()
		want := Port{Address: address, HostFirst: hostFirst, HostLast: hostLast, First: first, Last: last, All: all, Protocol: "tcp", Text: text}
		if diff := cmp.Diff(want, port(text, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	f("80", "", 0, 0, 80, 80, true)
	f("8080:80", "", 8080, 8080, 80, 80, true)
	f("127.0.0.1:8080:80", "127.0.0.1", 8080, 8080, 80, 80, false)
	f("127.0.0.1::80", "127.0.0.1", 0, 0, 80, 80, false)
	f("0.0.0.0:1:2", "0.0.0.0", 1, 1, 2, 2, true)
	f("[::1]:1:2", "::1", 1, 1, 2, 2, false)
	f("[::]:1:2", "::", 1, 1, 2, 2, true)
	f("::1:1:2", "::1", 1, 1, 2, 2, false)
	f("9000-9005:80-85", "", 9000, 9005, 80, 85, true)
	f("${PORT}:80", "", 0, 0, 80, 80, true)
	f("${IP:-127.0.0.1}:1:2", "${IP:-127.0.0.1}", 1, 1, 2, 2, false)
	f("99999:80", "", 0, 0, 80, 80, true)
}

func TestImage(t *testing.T) {
	f := func(text, name, tag, digest string, open bool) {
		t.Helper()
		want := Image{Reference: text, Name: name, Tag: tag, Digest: digest, Open: open}
		if diff := cmp.Diff(want, newImage(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	f("nginx", "nginx", "", "", false)
	f("nginx:1.29", "nginx", "1.29", "", false)
	f("example.com:5000/a/nginx", "example.com:5000/a/nginx", "", "", false)
	f("example.com:5000/nginx:1@sha256:aa", "example.com:5000/nginx", "1", "sha256:aa", false)
	f("nginx:${TAG}", "nginx", "${TAG}", "", true)
	f("nginx:${TAG:-1}", "nginx", "${TAG:-1}", "", true)
}

func TestUser(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := newUser(text).Root; got != want {
			t.Errorf("user %q is root: %s, want %s", text, got, want)
		}
	}
	f("", "unknown")
	f("0", "yes")
	f("00:1000", "yes")
	f("root:root", "yes")
	f("1000:0", "no")
	f("app", "no")
	f("${UID}:${GID}", "unknown")
	f("rooty", "no")
}

func TestInterpolate(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := Interpolate(text, map[string]string{"A": "x", "EMPTY": ""}); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	f("plain", "plain")
	f("$A-${A}", "x-x")
	f("$$A", "$A")
	f("${UNSET}", "${UNSET}")
	f("$UNSET.", "$UNSET.")
	f("${UNSET:-d}", "d")
	f("${EMPTY-d}|${EMPTY:-d}", "|d")
	f("${UNSET:-${A}-${B:-y}}", "x-y")
	f("${A:+other}${UNSET:+other}", "other")
	f("${A:?must be}", "x")
	f("${UNSET:?must be}", "${UNSET:?must be}")
	f("${A", "${A")
	f("100$", "100$")
	f("${}", "${}")
	f("$1", "$1")
}

func TestSecrets(t *testing.T) {
	f := func(key, value string, secret, url bool) {
		t.Helper()
		v := newVariable(key, value, value, true, 0)
		if v.Secret != secret || v.URLPassword != url {
			t.Errorf("%s=%s: secret %v, URL %v", key, value, v.Secret, v.URLPassword)
		}
	}
	f("DB_PASSWORD", "hunter2", true, false)
	f("DB_PASSWORD", "${DB_PASSWORD}", false, false)
	f("DB_PASSWORD", "prefix-$X", false, false)
	f("DB_PASSWORD", "", false, false)
	f("DB_PASSWORD_FILE", "/run/secrets/x", false, false)
	f("MYSQL_ALLOW_EMPTY_PASSWORD", "yes please", false, false)
	f("API-KEY", "abc", true, false)
	f("TOKEN_TTL", "300", false, false)
	f("AWS_ACCESS_KEY_ID", "AKIA", true, false)
	f("PASSPORT_MODE", "strict", false, false)
	f("DATABASE_URL", "postgres://u:p@db/x", false, true)
	f("DATABASE_URL", "postgres://u:${P}@db/x", false, false)
	f("CACHE", "redis://:p@db", false, true)
	f("SITE", "https://example.com:8080/@me", false, false)
}

func TestSize(t *testing.T) {
	f := func(v any, want int64) {
		t.Helper()
		if got := limit(v); got != want {
			t.Errorf("limit(%v) = %d, want %d", v, got, want)
		}
	}
	f("512m", 512<<20)
	f("1.5GB", 3<<29)
	f("1Gi", 1<<30)
	f("100", 100)
	f(100, 100)
	f(nil, 0)
	f("", 0)
	f("-1", 0)
	f("${LIMIT}", -1)
	f("1e400", -1)
}
