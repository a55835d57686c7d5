package app

import (
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/source"
)

// secured is a listener with TLS as metrics see it.
type secured struct {
	listener string
	tls      *source.TLS
}

// encrypt reads the certificate of a listener; nil when it has none.
func (r *running) encrypt(c *config.TLS, listener string) (*source.TLS, error) {
	if c == nil {
		return nil, nil //nolint:nilnil // listeners want it so
	}
	t, err := source.NewTLS(c.Files(), r.server.opts.Now, r.server.log.With("listener", listener))
	if err != nil {
		return nil, err
	}
	r.secured = append(r.secured, secured{listener, t})
	if expiry := t.Expiry(); expiry.Before(r.server.opts.Now()) {
		r.server.log.Warn("a certificate has expired: clients will refuse it", "listener", listener, "expired", expiry)
	}
	return t, nil
}

// renewCertificates looks whether certificates changed on the disk, of listeners that stay.
func (s *Server) renewCertificates() {
	for _, r := range s.runningInputs() {
		for _, one := range r.secured {
			one.tls.Renew()
		}
	}
}

// tlsMetrics writes what became of handshakes and certificates.
func (s *Server) tlsMetrics(x *exposition) {
	var all []secured
	for _, r := range s.runningInputs() {
		all = append(all, r.secured...) // open filled it, and nobody changes it
	}
	if len(all) == 0 {
		return
	}
	each := func(name, kind, help string, value func(*source.TLS) float64) {
		x.family(name, kind, help)
		for _, one := range all {
			x.value(name, labels("listener", one.listener), value(one.tls))
		}
	}
	each("tls_handshake_errors_total", "counter", "Connections that were refused because the handshake did not succeed.", func(t *source.TLS) float64 { return float64(t.Failed.Load()) })
	each("tls_renew_errors_total", "counter", "How often a renewed certificate could not be used.", func(t *source.TLS) float64 { return float64(t.RenewErrors.Load()) })
	each("tls_certificate_expiry_seconds", "gauge", "When the certificate in use ends, in seconds since 1970.", func(t *source.TLS) float64 { return float64(t.Expiry().Unix()) })
}
