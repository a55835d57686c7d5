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
		k.faults = append(k.faults, t.Fault("tls: %v", err))
	}
}
