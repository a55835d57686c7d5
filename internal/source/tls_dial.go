package source

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// DialTLS is how this program proves who it is to a server that it connects to, and whom
// it believes.
type DialTLS struct {
	// CA holds the certificates that sign the server's; "" means those of the system.
	CA string
	// Cert and Key are what this program shows of itself; "" is nothing. Only its owner may
	// read the key.
	Cert, Key string
	// ServerName is the name that the server's certificate must have, if it is not the one
	// that is connected to.
	ServerName string
}

// Config reads the files. TLS 1.2 is the oldest that is spoken.
func (d *DialTLS) Config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: d.ServerName}
	if d.CA != "" {
		text, err := readPEM(d.CA, false)
		if err != nil {
			return nil, fmt.Errorf("the certificates to believe: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s has no certificate", d.CA)
		}
	}
	if (d.Cert == "") != (d.Key == "") {
		return nil, errors.New("a certificate wants its key, and a key its certificate")
	}
	if d.Cert == "" {
		return c, nil
	}
	cert, err := readPEM(d.Cert, false)
	if err != nil {
		return nil, fmt.Errorf("the certificate: %w", err)
	}
	key, err := readPEM(d.Key, true)
	if err != nil {
		return nil, fmt.Errorf("the key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the certificate %s and the key %s: %w", d.Cert, d.Key, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}
