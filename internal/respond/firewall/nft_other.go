//go:build !linux

package firewall

import "net/netip"

// Firewall is not to be had on this system.
type Firewall struct{}

// Dropped is what was dropped since this process began.
type Dropped struct{ Packets, Bytes uint64 }

// Open returns ErrUnsupported.
func Open(Options) (*Firewall, error) { return nil, ErrUnsupported }

// Load returns ErrUnsupported.
func (*Firewall) Load([]Block, []netip.Prefix) error { return ErrUnsupported }

// Add returns ErrUnsupported.
func (*Firewall) Add([]Block) error { return ErrUnsupported }

// Remove returns ErrUnsupported.
func (*Firewall) Remove([]netip.Prefix) error { return ErrUnsupported }

// Allow returns ErrUnsupported.
func (*Firewall) Allow([]netip.Prefix) error { return ErrUnsupported }

// Check returns ErrUnsupported.
func (*Firewall) Check() (Drift, error) { return Drift{}, ErrUnsupported }

// Dropped returns nothing.
func (*Firewall) Dropped() Dropped { return Dropped{} }

// Blocks returns nothing.
func (*Firewall) Blocks() int { return 0 }

// Close does nothing.
func (*Firewall) Close() error { return nil }
