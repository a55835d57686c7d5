package firewall

import "errors"

// CellTable is the name of the table, in the family inet, that cuts a network namespace off.
const CellTable = "sasumata_quarantine"

// ErrOwnNamespace is a namespace that must never be cut off: that of this process, or that of
// the machine.
var ErrOwnNamespace = errors.New("it is the network namespace of this machine, or of Sasumata itself")
