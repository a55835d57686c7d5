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

// A state file is the magic word, the version, the header as JSON and the Sigma
// correlations, each behind its length, the snapshot of the engine, and the SHA-256 of
// all that is before.
const (
	stateMagic   = "sasumata-state\n"
	stateVersion = 3
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

// write writes the state of the run under way.
func (st *State) write(w io.Writer) error {
	header, err := json.Marshal(st.header)
	if err != nil {
		return err
	}
	var correlations bytes.Buffer
	if st.sigma != nil {
		if err := st.sigma.engine.Save(&correlations); err != nil {
			return err
		}
	}
	hash := sha256.New()
	all := io.MultiWriter(w, hash)
	begin := binary.AppendUvarint([]byte(stateMagic), stateVersion)
	for _, part := range [][]byte{header, correlations.Bytes()} {
		begin = append(binary.AppendUvarint(begin, uint64(len(part))), part...)
	}
	if _, err := all.Write(begin); err != nil {
		return err
	}
	if err := st.engine.Snapshot(all, nil); err != nil {
		return err
	}
	_, err = w.Write(hash.Sum(nil))
	return err
}

// decodeState reads a state file. The parts are not copied.
func decodeState(data []byte) (*savedState, error) {
	whole, ok := bytes.CutPrefix(data, []byte(stateMagic))
	if !ok || len(whole) < sha256.Size {
		return nil, errors.New("it is no state of sasumata, or breaks off")
	}
	end := len(data) - sha256.Size
	body := data[len(stateMagic):end]
	version, n := binary.Uvarint(body)
	if n > 0 && version != stateVersion {
		return nil, fmt.Errorf("it has the version %d, want %d", version, stateVersion)
	}
	if sum := sha256.Sum256(data[:end]); n <= 0 || !bytes.Equal(sum[:], data[end:]) {
		return nil, errors.New("it was damaged or changed")
	}
	return decodeBody(body[n:])
}

// decodeBody reads what stands behind the version.
func decodeBody(body []byte) (*savedState, error) {
	var parts [2][]byte
	for i := range parts {
		size, n := binary.Uvarint(body)
		if n <= 0 || size > uint64(len(body)-n) {
			return nil, errors.New("it breaks off")
		}
		parts[i], body = body[n:n+int(size)], body[n+int(size):]
	}
	s := &savedState{correlations: parts[1], engine: body}
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
