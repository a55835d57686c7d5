package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/source"
)

// A state file is the magic word, the SHA-256 of what follows it, and then the
// version and three parts, each behind its length: the header as JSON, the Sigma
// correlations, and the snapshot of the engine.
const (
	stateMagic   = "sasumata-state\n"
	stateVersion = 2
	// maxState is the size in bytes of the largest state file: a snapshot, and as
	// much again for the rest.
	maxState = 2 * detect.MaxSnapshot
)

// stateHeader is what a state holds beside the engines.
type stateHeader struct {
	// Positions are how far files were read, the one that was read last first.
	Positions []source.Position `json:"positions"`
	// Told has a hash of each open signal as it was reported last, by its id.
	Told map[string]string `json:"told,omitempty"`
	// Served is what a server knows beside it; nil in the state of analyze.
	Served *served `json:"served,omitempty"`
}

// savedState is a state file that was read.
type savedState struct {
	header       stateHeader
	correlations []byte
	engine       []byte
}

func (s *savedState) snapshot() io.Reader   { return bytes.NewReader(s.engine) }
func (s *savedState) correlated() io.Reader { return bytes.NewReader(s.correlations) }

// readStateFile reads the file, up to its limit.
func readStateFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file") // a pipe would wait to be opened
	case info.Size() > maxState:
		return nil, fmt.Errorf("it has more than %d bytes", int64(maxState))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxState))
}

// encode writes the state of the run under way.
func (st *State) encode() ([]byte, error) {
	header, err := json.Marshal(st.header)
	if err != nil {
		return nil, err
	}
	var correlations, engine bytes.Buffer
	if st.sigma != nil {
		if err := st.sigma.engine.Save(&correlations); err != nil {
			return nil, err
		}
	}
	if err := st.engine.Snapshot(&engine, nil); err != nil {
		return nil, err
	}
	body := binary.AppendUvarint(nil, stateVersion)
	for _, part := range [][]byte{header, correlations.Bytes(), engine.Bytes()} {
		body = append(binary.AppendUvarint(body, uint64(len(part))), part...)
	}
	return sealed(body), nil
}

// sealed puts the magic word and the hash before the body.
func sealed(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(append([]byte(stateMagic), sum[:]...), body...)
}

// decodeState reads a state file. The parts are not copied.
func decodeState(data []byte) (*savedState, error) {
	rest, ok := bytes.CutPrefix(data, []byte(stateMagic))
	if !ok || len(rest) < sha256.Size {
		return nil, errors.New("it is no state of sasumata, or breaks off")
	}
	body := rest[sha256.Size:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], rest[:sha256.Size]) {
		return nil, errors.New("it was damaged or changed")
	}
	return decodeBody(body)
}

func decodeBody(body []byte) (*savedState, error) {
	version, n := binary.Uvarint(body)
	if n <= 0 || version != stateVersion {
		return nil, fmt.Errorf("it has the version %d, want %d", version, stateVersion)
	}
	body = body[n:]
	var parts [3][]byte
	for i := range parts {
		size, n := binary.Uvarint(body)
		if n <= 0 || size > uint64(len(body)-n) {
			return nil, errors.New("it breaks off")
		}
		parts[i], body = body[n:n+int(size)], body[n+int(size):]
	}
	if len(body) > 0 {
		return nil, errors.New("it goes on behind its end")
	}
	s := &savedState{correlations: parts[1], engine: parts[2]}
	if err := json.Unmarshal(parts[0], &s.header); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	if len(s.header.Positions) > maxPositions {
		return nil, fmt.Errorf("it has more than %d positions", maxPositions)
	}
	if err := s.header.Served.check(); err != nil {
		return nil, err
	}
	for i := range s.header.Positions {
		if err := s.header.Positions[i].Check(); err != nil {
			return nil, fmt.Errorf("its position %d: %w", i+1, err)
		}
	}
	return s, nil
}

// shortSum returns a hash of 64 bits as text: enough to see a change of one signal.
func shortSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
