package config

import (
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/source"
)

// TLS is what a listener proves itself with.
type TLS struct {
	document.Pos

	// Cert is the file of the certificate, and of those between it and the root.
	Cert string `doc:"cert_file,required"`
	// Key is the file of its key; only its owner may read it.
	Key string `doc:"key_file,required"`
	// ClientCA is the file of the certificates that sign those of clients, who must then
	// show one.
	ClientCA string `doc:"client_ca_file"`
}

// Files returns the names of the files.
func (t *TLS) Files() source.TLSFiles {
	return source.TLSFiles{Cert: t.Cert, Key: t.Key, ClientCA: t.ClientCA}
}

// tls reads the files.
func (k *checker) tls(t *TLS) {
	if t == nil || t.Cert == "" || t.Key == "" {
		return // reported as missing
	}
	if err := t.Files().Check(); err != nil {
		k.Faults = append(k.Faults, t.Fault("tls: %v", err))
	}
}

// DialTLS is how a connection to a server is encrypted: whom it believes, and what it
// shows.
type DialTLS struct {
	document.Pos

	// CA is the file of the certificates that sign the server's; without it those of the
	// system do.
	CA string `doc:"ca_file"`
	// Cert and Key are the files of what this program shows of itself.
	Cert string `doc:"cert_file"`
	Key  string `doc:"key_file"`
	// ServerName is the name that the server's certificate has, if it is another one.
	ServerName string `doc:"server_name"`
}

// Dial returns what reads the files; nil for none.
func (t *DialTLS) Dial() *source.DialTLS {
	if t == nil {
		return nil
	}
	return &source.DialTLS{CA: t.CA, Cert: t.Cert, Key: t.Key, ServerName: t.ServerName}
}

// dialTLS reads the files.
func (k *checker) dialTLS(t *DialTLS) {
	if t == nil {
		return
	}
	if _, err := t.Dial().Config(); err != nil {
		k.Faults = append(k.Faults, t.Fault("tls: %v", err))
	}
}
