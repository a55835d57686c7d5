//go:build !linux

package firewall

import "os"

// Cell is not to be had on this system.
type Cell struct{}

// OpenCell returns ErrUnsupported.
func OpenCell(ns *os.File) (*Cell, error) {
	_ = ns.Close()
	return nil, ErrUnsupported
}

// ID returns 0.
func (*Cell) ID() uint64 { return 0 }

// Close does nothing.
func (*Cell) Close() error { return nil }

// Shut returns ErrUnsupported.
func (*Cell) Shut() error { return ErrUnsupported }

// IsShut returns ErrUnsupported.
func (*Cell) IsShut() (bool, error) { return false, ErrUnsupported }

// Free returns ErrUnsupported.
func (*Cell) Free() error { return ErrUnsupported }
