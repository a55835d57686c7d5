package main

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/config"
)

// checkEntry looks at what a server is started with, as entrypoints of containers do: the
// user, the folder, and secrets in the environment. Files of secrets were looked at when
// the configuration was read. It warns, and refuses nothing.
func checkEntry(ctx context.Context, cfg *config.Config, log *slog.Logger) {
	if os.Geteuid() == 0 {
		log.WarnContext(ctx, "the server runs as root: whoever finds a hole in it has the machine", "do",
			"run it as a user of its own (deploy/systemd, the image): groups adm and systemd-journal read logs, CAP_NET_ADMIN blocks by nftables")
	}
	if info, err := os.Stat(cfg.Data); err == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		log.WarnContext(ctx, "others can look into the data folder, which quotes logs", "data", cfg.Data, "mode", info.Mode().Perm().String(), "do", "chmod 700 "+cfg.Data)
	}
	if names := scrub(os.Environ(), os.Unsetenv); len(names) > 0 {
		log.WarnContext(ctx, "secrets in the environment are taken out of it: programs that the server starts do not get them, but /proc shows them to root and to its user",
			"names", strings.Join(names, ","), "do", "put secrets into files (mode 0400) that the configuration names")
	}
}

// scrub takes the variables out of the environment whose names say that they are secrets,
// and returns the names.
func scrub(environ []string, unset func(string) error) (names []string) {
	for _, one := range environ {
		name, value, _ := strings.Cut(one, "=")
		if value != "" && secretName(name) && unset(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// secretName reports whether a variable of that name holds a secret; one that names a file
// with it does not.
func secretName(name string) bool {
	name = strings.ToUpper(name)
	if strings.HasSuffix(name, "_FILE") || strings.HasSuffix(name, "_PATH") || strings.HasSuffix(name, "_DIRECTORY") || strings.HasSuffix(name, "_SOCK") {
		return false
	}
	for _, word := range []string{"PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL", "DATABASE_URL"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "PGPASSWORD"
}
