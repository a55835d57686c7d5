package harden

import (
	"path"
	"slices"
	"strings"
)

// known is what is known of an image that many people use.
type known struct {
	name         string
	writes       []string // folders of the image that it writes, besides its volume
	capabilities []string // that its entrypoint needs
	user         string   // that it can be started as
	health       string   // a command that asks it
	files        string   // how it names the file of a secret: "_FILE", "__FILE"
	secrets      []string // the variables that it reads from files
	store        bool     // it keeps data and calls nobody
	memory       int64    // a limit that it can live with, in bytes
}

// knownImage returns what is known of an image by its name.
func knownImage(name string) known {
	become := []string{"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
	switch strings.ToLower(path.Base(name)) {
	case "postgres", "postgresql", "timescaledb", "postgis":
		return known{name: "PostgreSQL", writes: []string{"/run/postgresql"}, capabilities: become, health: `pg_isready -U "$${POSTGRES_USER:-postgres}"`, files: "_FILE", secrets: []string{"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB"}, store: true, memory: 1 << 30}
	case "mysql", "mariadb", "percona":
		return known{name: "MySQL", writes: []string{"/run/mysqld"}, capabilities: become, health: "mysqladmin ping -h 127.0.0.1 || mariadb-admin ping -h 127.0.0.1", files: "_FILE", secrets: []string{"MYSQL_ROOT_PASSWORD", "MYSQL_PASSWORD", "MARIADB_ROOT_PASSWORD", "MARIADB_PASSWORD"}, store: true, memory: 1 << 30}
	case "mongo", "mongodb":
		return known{name: "MongoDB", capabilities: become, health: "mongosh --quiet --eval 'db.adminCommand({ping: 1}).ok'", files: "_FILE", secrets: []string{"MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_ROOT_USERNAME"}, store: true, memory: 1 << 30}
	case "redis", "valkey", "keydb":
		return known{name: "Redis", capabilities: []string{"SETGID", "SETUID"}, health: "redis-cli ping | grep -q PONG", store: true, memory: 512 << 20}
	case "memcached":
		return known{name: "Memcached", user: "11211:11211", store: true, memory: 256 << 20}
	case "rabbitmq":
		return known{name: "RabbitMQ", capabilities: become, health: "rabbitmq-diagnostics -q ping", store: true, memory: 1 << 30}
	case "nginx":
		return known{name: "nginx", writes: []string{"/var/cache/nginx", "/run"}, capabilities: []string{"CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"}, memory: 256 << 20}
	case "httpd":
		return known{name: "Apache", writes: []string{"/usr/local/apache2/logs"}, capabilities: []string{"CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"}, memory: 256 << 20}
	case "traefik":
		return known{name: "Traefik", capabilities: []string{"NET_BIND_SERVICE"}, memory: 256 << 20}
	case "grafana":
		return known{name: "Grafana", user: "472:0", health: "wget -q --spider http://127.0.0.1:3000/api/health", files: "__FILE", secrets: []string{"GF_SECURITY_ADMIN_PASSWORD", "GF_DATABASE_PASSWORD"}, memory: 512 << 20}
	case "prometheus":
		return known{name: "Prometheus", user: "65534:65534", health: "wget -q --spider http://127.0.0.1:9090/-/healthy", memory: 1 << 30}
	case "alertmanager":
		return known{name: "Alertmanager", user: "65534:65534", health: "wget -q --spider http://127.0.0.1:9093/-/healthy", memory: 256 << 20}
	default:
		return known{}
	}
}

// fileVariable returns the variable that names the file of a secret.
func (k known) fileVariable(key string) (string, bool) {
	if slices.Contains(k.secrets, key) {
		return key + k.files, true
	}
	return "", false
}
