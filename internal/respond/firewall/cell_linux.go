//go:build linux

package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

const (
	// earliest is the priority of the chains of a cell: before the tracking of connections,
	// so that established ones end as well, and before the translation of addresses.
	earliest = -300
	// loopback is the index that the interface lo has in every namespace.
	loopback = 1
)

// resolver is the address at which the engine of containers answers questions for names
// inside of a namespace, by loopback: it may ask on, from outside, so it would be a way out.
func resolver() []byte { return []byte{127, 0, 0, 11} }

// Cell is a network namespace that is to be cut off, or is. It belongs to one goroutine.
type Cell struct {
	file *os.File
	id   uint64
}

// OpenCell takes a network namespace, such as /proc/PID/ns/net opened, which it closes. It
// is ErrOwnNamespace when it is that of this process or that of the machine.
func OpenCell(ns *os.File) (*Cell, error) {
	c, err := newCell(ns)
	if err != nil {
		_ = ns.Close()
		return nil, err
	}
	return c, nil
}

func newCell(ns *os.File) (*Cell, error) {
	is, err := namespaceOf(ns)
	if err != nil {
		return nil, err
	}
	known := 0
	// The process 2 is the kernel's where 1 is the machine's; some systems show nobody the
	// files of 1. Other threads of this process may be in other namespaces for a moment.
	for _, who := range []string{"thread-self", "1", "2"} {
		f, err := os.Open("/proc/" + who + "/ns/net")
		if err != nil {
			if who != "thread-self" && (errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist)) {
				continue
			}
			return nil, fmt.Errorf("compare network namespaces: %w", err)
		}
		own, err := namespaceOf(f)
		_ = f.Close()
		if err != nil {
			return nil, err
		}
		if own == is {
			return nil, ErrOwnNamespace
		}
		known++
	}
	if known < 2 { // what is not known is not another one
		return nil, fmt.Errorf("%w: which one the machine has cannot be read in /proc", ErrOwnNamespace)
	}
	return &Cell{ns, is}, nil
}

// namespaceOf returns the number of a network namespace.
func namespaceOf(f *os.File) (uint64, error) {
	if kind, err := unix.IoctlRetInt(int(f.Fd()), unix.NS_GET_NSTYPE); err != nil || kind != unix.CLONE_NEWNET {
		return 0, fmt.Errorf("%s is no network namespace: %w", f.Name(), errors.Join(err, os.ErrInvalid))
	}
	var stat unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &stat); err != nil {
		return 0, fmt.Errorf("look at the network namespace %s: %w", f.Name(), err)
	}
	return stat.Ino, nil // all are of one file system of the kernel
}

// ID returns the number of the namespace, by which the kernel knows it as long as it lives.
func (c *Cell) ID() uint64 { return c.id }

// Close closes the file of the namespace. What was cut off stays so.
func (c *Cell) Close() error { return c.file.Close() }

// Shut drops all that goes in, out or through, but for loopback, also on connections that
// are established. Doing it again changes nothing. A process in the namespace with
// CAP_NET_ADMIN could take it away.
func (c *Cell) Shut() error {
	conn, err := nftables.New(nftables.WithNetNSFd(int(c.file.Fd())))
	if err != nil {
		return explain(err)
	}
	table := &nftables.Table{Name: CellTable, Family: nftables.TableFamilyINet}
	conn.AddTable(table) // removing what is not there fails
	conn.DelTable(table)
	conn.AddTable(table)
	drop := nftables.ChainPolicyDrop
	for _, one := range []struct {
		name string
		hook *nftables.ChainHook
		by   expr.MetaKey // the interface of which is to be loopback
	}{
		{"in", nftables.ChainHookInput, expr.MetaKeyIIF},
		{"out", nftables.ChainHookOutput, expr.MetaKeyOIF},
		{"forward", nftables.ChainHookForward, 0},
	} {
		chain := conn.AddChain(&nftables.Chain{
			Name: one.name, Table: table, Type: nftables.ChainTypeFilter, Hooknum: one.hook, Priority: nftables.ChainPriorityRef(earliest), Policy: &drop,
		})
		if one.name == "out" {
			conn.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{
				&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
				&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.NFPROTO_IPV4}},
				&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 16, Len: 4},
				&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: resolver()},
				&expr.Verdict{Kind: expr.VerdictDrop},
			}})
		}
		if one.by != 0 {
			conn.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{
				&expr.Meta{Key: one.by, Register: 1},
				&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binary.NativeEndian.AppendUint32(nil, loopback)},
				&expr.Verdict{Kind: expr.VerdictAccept},
			}})
		}
	}
	return explain(conn.Flush())
}

// IsShut reports whether the namespace is cut off.
func (c *Cell) IsShut() (bool, error) {
	conn, err := nftables.New(nftables.WithNetNSFd(int(c.file.Fd())))
	if err != nil {
		return false, explain(err)
	}
	tables, err := conn.ListTablesOfFamily(nftables.TableFamilyINet)
	if err != nil {
		return false, explain(err)
	}
	for _, t := range tables {
		if t.Name == CellTable {
			chains, err := conn.ListChainsOfTableFamily(nftables.TableFamilyINet)
			n := 0
			for _, chain := range chains {
				if chain.Table.Name == CellTable && chain.Policy != nil && *chain.Policy == nftables.ChainPolicyDrop {
					n++
				}
			}
			return n == 3, explain(err)
		}
	}
	return false, nil
}

// Free lets all through again. One that is not shut is no error.
func (c *Cell) Free() error {
	conn, err := nftables.New(nftables.WithNetNSFd(int(c.file.Fd())))
	if err != nil {
		return explain(err)
	}
	table := &nftables.Table{Name: CellTable, Family: nftables.TableFamilyINet}
	conn.AddTable(table)
	conn.DelTable(table)
	return explain(conn.Flush())
}
