package app

import (
	"slices"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/source"
)

// filesKept is how many of the files that the program may have open are left for logs, queue
// and store.
const filesKept = 1500

// connections returns the places of one of the listeners of the configuration.
func (s *Server) connections(c *config.Config, most, perHost int) *source.Places {
	if most == 0 {
		most = defaultConns(c, s.files)
	}
	if s.files > 0 && most > int(s.files) {
		s.log.Warn("more connections are allowed than the program may have files open", "max_connections", most, "files", s.files)
	}
	return &source.Places{Max: most, PerHost: perHost, Log: s.log, Now: s.opts.Now}
}

// defaultConns returns how many connections each listener may have: as many as there are
// files for, up to a number.
func defaultConns(c *config.Config, files uint64) int {
	const least = 256
	listeners := 1
	for _, one := range slices.Concat(c.Syslog, c.GELF) {
		if one.Protocol == "tcp" {
			listeners++
		}
	}
	if files == 0 || files > 1<<30 {
		return source.DefaultMaxConns
	}
	return max(least, min(source.DefaultMaxConns, (int(files)-filesKept)/listeners))
}

// connectionMetrics writes how many connections there are, and which were refused.
func (s *Server) connectionMetrics(x *exposition) {
	var all []*running
	for _, r := range s.runningInputs() {
		if r.places != nil {
			all = append(all, r)
		}
	}
	x.gauge("open_files_max", "Files and connections that the program may have open; 0 is unknown.", float64(s.files))
	x.family("connections", "gauge", "Connections that are open.")
	for _, r := range all {
		x.value("connections", labels("listener", r.name), float64(r.places.Taken()))
	}
	x.family("connections_refused_total", "counter", "Connections that were refused because there were too many: of all, or of one host.")
	for _, r := range all {
		x.value("connections_refused_total", labels("listener", r.name, "reason", "total"), float64(r.places.RefusedTotal.Load()))
		x.value("connections_refused_total", labels("listener", r.name, "reason", "host"), float64(r.places.RefusedHost.Load()))
	}
}
