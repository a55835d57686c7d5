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
func (s *Server) encrypt(c *config.TLS, listener string) (*source.TLS, error) {
	if c == nil {
		return nil, nil //nolint:nilnil // listeners want it so
	}
	t, err := source.NewTLS(c.Files(), s.opts.Now, s.log.With("listener", listener))
	if err != nil {
		return nil, err
	}
	s.secured = append(s.secured, secured{listener, t})
	if expiry := t.Expiry(); expiry.Before(s.opts.Now()) {
		s.log.Warn("a certificate has expired: clients will refuse it", "listener", listener, "expired", expiry)
	}
	return t, nil
}

// tlsMetrics writes what became of handshakes and certificates.
func (s *Server) tlsMetrics(x *exposition) {
	if len(s.secured) == 0 {
		return
	}
	each := func(name, kind, help string, value func(*source.TLS) float64) {
		x.family(name, kind, help)
		for _, one := range s.secured {
			x.value(name, labels("listener", one.listener), value(one.tls))
		}
	}
	each("tls_handshake_errors_total", "counter", "Connections that were refused because the handshake did not succeed.", func(t *source.TLS) float64 { return float64(t.Failed.Load()) })
	each("tls_renew_errors_total", "counter", "How often a renewed certificate could not be used.", func(t *source.TLS) float64 { return float64(t.RenewErrors.Load()) })
	each("tls_certificate_expiry_seconds", "gauge", "When the certificate in use ends, in seconds since 1970.", func(t *source.TLS) float64 { return float64(t.Expiry().Unix()) })
}
