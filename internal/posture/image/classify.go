package image

import (
	"archive/tar"
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
)

// accounts is the class of the files that name users and groups; policies see what is in
// them.
const accounts = "accounts"

// accountFiles are those.
func accountFiles() []string { return []string{"etc/passwd", "etc/shadow", "etc/group"} }

// telling reports whether it takes the content of a file to know what it is.
func telling(name string) bool {
	base := strings.ToLower(path.Base(name))
	return slices.Contains(accountFiles(), name) || holdsKey(base) || slices.Contains(configured(), base) || dockerLogin(name)
}

// holdsKey reports whether files of such a name often are private keys, or not.
func holdsKey(base string) bool {
	for _, ending := range []string{".key", ".pem", ".ppk"} {
		if strings.HasSuffix(base, ending) {
			return true
		}
	}
	return strings.HasPrefix(base, "id_") && !strings.HasSuffix(base, ".pub") || strings.HasPrefix(base, "ssh_host_") && strings.HasSuffix(base, "_key")
}

// configured are files of settings that may hold what opens something.
func configured() []string { return []string{".npmrc", ".yarnrc", ".pypirc", ".curlrc", ".wgetrc"} }

func dockerLogin(name string) bool {
	return strings.HasSuffix(name, ".docker/config.json") || path.Base(name) == ".dockercfg"
}

// classify returns why a file matters, if it does.
func classify(e *entry, kind byte, size int64, head []byte) []string {
	var out []string
	file := kind == tar.TypeReg || kind == tar.TypeLink
	switch {
	case file && slices.Contains(accountFiles(), e.path):
		return []string{accounts}
	case file && e.mode&0o4000 != 0:
		out = append(out, "setuid")
	case file && e.mode&0o2000 != 0 && e.mode&0o010 != 0: // without the right to run it, it means locks
		out = append(out, "setgid")
	}
	if e.mode&0o002 != 0 && (file || e.folder && e.mode&0o1000 == 0) {
		out = append(out, "writable")
	}
	switch {
	case strings.HasPrefix(e.path, "usr/share/doc/"): // everybody has what is there
	case kind == tar.TypeReg && size > 0 && secret(e.path, head):
		out = append(out, "secret")
	case unneeded(e.path, e.folder):
		out = append(out, "unneeded")
	}
	return out
}

// secret reports whether a file is there to keep something secret.
func secret(name string, head []byte) bool {
	base := strings.ToLower(path.Base(name))
	switch {
	case holdsKey(base):
		return bytes.Contains(head, []byte("PRIVATE KEY-----")) || bytes.HasPrefix(head, []byte("PuTTY-User-Key-File"))
	case slices.Contains(configured(), base):
		return regexp.MustCompile(`(?i)(_auth|_password|password|authtoken|user)["']?\s*[:=]\s*["']?[^\s$"'{<]`).Match(head)
	case dockerLogin(name):
		return bytes.Contains(head, []byte(`"auth"`)) || bytes.Contains(head, []byte(`"identitytoken"`))
	case strings.HasSuffix(name, ".aws/credentials"), strings.HasSuffix(name, ".kube/config"):
		return true
	}
	switch base {
	case ".env", ".env.local", ".env.dev", ".env.development", ".env.prod", ".env.production", ".env.stage", ".env.staging", ".env.test",
		".netrc", "_netrc", ".git-credentials", ".pgpass", ".my.cnf", ".htpasswd", ".vault-token", "terraform.tfstate", "credentials.json":
		return true
	}
	return slices.Contains([]string{".p12", ".pfx", ".jks", ".keystore", ".kdbx"}, path.Ext(base)) && !strings.HasPrefix(name, "etc/ssl/certs/")
}

// unneeded reports whether a file says how something was made, and nobody who runs it
// needs it.
func unneeded(name string, folder bool) bool {
	base := strings.ToLower(path.Base(name))
	switch base {
	case ".git", ".svn", ".hg", ".vagrant", ".idea", ".vscode":
		return folder
	case ".bash_history", ".ash_history", ".zsh_history", ".psql_history", ".mysql_history", ".python_history", ".node_repl_history":
		return !folder
	case "dockerfile", "containerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml":
		// Packages bring those of their authors.
		return !folder && !regexp.MustCompile(`^(usr|lib|opt)/|(^|/)(node_modules|site-packages|dist-packages|vendor|gems)/`).MatchString(name)
	default:
		return false
	}
}

// cacheOf returns whose cache a file is in, and the folder of it.
func cacheOf(name string) (kind, folder string) {
	for _, c := range [][2]string{
		{"apt", "var/lib/apt/lists"},
		{"apt", "var/cache/apt"},
		{"apk", "var/cache/apk"},
		{"apk", "etc/apk/cache"},
		{"rpm", "var/cache/yum"},
		{"rpm", "var/cache/dnf"},
		{"rpm", "var/cache/libdnf5"},
		{"rpm", "var/cache/zypp"},
		{"pip", "root/.cache/pip"},
		{"npm", "root/.npm/_cacache"},
		{"npm", "root/.cache/yarn"},
		{"npm", "usr/local/share/.cache/yarn"},
	} {
		if strings.HasPrefix(name, c[1]+"/") {
			return c[0], c[1]
		}
	}
	return "", ""
}
