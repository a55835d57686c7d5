package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/document"
)

// stateFile is the database of SQLite in the data folder.
const stateFile = "state.db"

// State is the database for what people and the server decide.
type State struct {
	// DSN is the URL of a database of PostgreSQL, without a password; without one there
	// is SQLite in a file of the data folder.
	DSN string `doc:"dsn"`
	// DSNFile holds such a URL, also with a password; only its owner may read it.
	DSNFile string `doc:"dsn_file"`

	At map[string]document.Pos `doc:",positions"`

	// URL is the one of the two, read.
	URL string
}

// Database returns where the state database is.
func (c *Config) Database() database.Config {
	return database.Config{File: filepath.Join(c.Data, stateFile), DSN: c.State.URL}
}

func (k *checker) state(s *State) {
	k.Fault(s.DSN != "" && s.DSNFile != "", s.At, "dsn_file", "want dsn or dsn_file, not both")
	s.URL = s.DSN
	key := "dsn"
	if s.DSNFile != "" {
		key = "dsn_file"
		data, err := private(s.DSNFile)
		k.Fault(err != nil, s.At, key, "dsn_file: %v", err)
		s.URL = strings.TrimSpace(string(data))
		k.Fault(err == nil && s.URL == "", s.At, key, "dsn_file: %s is empty", s.DSNFile)
	}
	if s.URL == "" {
		return
	}
	secret, err := database.CheckDSN(s.URL)
	k.Fault(err != nil, s.At, key, "%v", fmt.Errorf("%s: %w", key, err))
	k.Fault(secret && s.DSNFile == "", s.At, key, "dsn holds a password, which whoever reads the configuration sees: put the URL into a file (mode 0600) that dsn_file names")
}
