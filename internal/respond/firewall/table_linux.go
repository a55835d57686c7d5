//go:build linux

package firewall

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// The families, as indexes.
const (
	ipv4 = iota
	ipv6
)

func families() []int { return []int{ipv4, ipv6} }

func family(p netip.Prefix) int {
	if p.Addr().Is4() {
		return ipv4
	}
	return ipv6
}

const (
	// rulesOfChain is how many rules each chain has, without the one that needs the tracking
	// of connections.
	rulesOfChain = 6
	// chunk is how many elements one message has: its length is written in 16 bits.
	chunk = 1000
	// early is the priority of the chains: before those of filters, of Docker and of others,
	// and behind the tracking of connections.
	early = -150
)

// table is the table as it is to be. It belongs to one transaction.
type table struct {
	table               *nftables.Table
	chains              []*nftables.Chain
	hash, ranges, allow [2]*nftables.Set
}

func newTable() *table {
	t := &table{table: &nftables.Table{Name: Table, Family: nftables.TableFamilyINet}}
	for _, one := range []struct {
		name string
		hook *nftables.ChainHook
	}{{"input", nftables.ChainHookInput}, {"forward", nftables.ChainHookForward}} {
		policy := nftables.ChainPolicyAccept
		t.chains = append(t.chains, &nftables.Chain{
			Name: one.name, Table: t.table, Type: nftables.ChainTypeFilter, Hooknum: one.hook, Priority: nftables.ChainPriorityRef(early), Policy: &policy,
		})
	}
	for fam, key := range [2]nftables.SetDatatype{nftables.TypeIPAddr, nftables.TypeIP6Addr} {
		suffix := [2]string{"4", "6"}[fam]
		t.hash[fam] = &nftables.Set{Table: t.table, Name: "block" + suffix, KeyType: key, HasTimeout: true}
		t.ranges[fam] = &nftables.Set{Table: t.table, Name: "range" + suffix, KeyType: key, HasTimeout: true, Interval: true}
		t.allow[fam] = &nftables.Set{Table: t.table, Name: "allow" + suffix, KeyType: key, Interval: true}
	}
	for i, set := range t.sets() {
		set.ID = uint32(i) + 1 // unique within a transaction; the library's own count is not for several goroutines
	}
	return t
}

func (t *table) sets() []*nftables.Set { return slices.Concat(t.allow[:], t.hash[:], t.ranges[:]) }

// build adds the table with empty sets. Tracked says that the kernel tracks connections.
func (t *table) build(c *nftables.Conn, tracked bool) error {
	c.AddTable(t.table)
	for _, set := range t.sets() {
		if err := c.AddSet(set, nil); err != nil {
			return err
		}
	}
	for _, chain := range t.chains {
		c.AddChain(chain)
		for fam := range t.allow {
			c.AddRule(&nftables.Rule{Table: t.table, Chain: chain, Exprs: append(t.from(fam, t.allow[fam], false), &expr.Verdict{Kind: expr.VerdictAccept})})
		}
		if tracked {
			c.AddRule(&nftables.Rule{Table: t.table, Chain: chain, Exprs: append(answers(), &expr.Verdict{Kind: expr.VerdictAccept})})
		}
		for fam := range t.hash {
			for _, set := range []*nftables.Set{t.hash[fam], t.ranges[fam]} {
				c.AddRule(&nftables.Rule{Table: t.table, Chain: chain, Exprs: append(t.from(fam, set, set == t.hash[ipv6]), &expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop})})
			}
		}
	}
	return nil
}

// answers returns what matches answers to what was begun on this side: who is blocked can
// begin nothing, and what they began before is cut, but this machine can still fetch from
// them.
func answers() []expr.Any {
	const known = expr.CtStateBitESTABLISHED | expr.CtStateBitRELATED
	const reply = 1 // IP_CT_DIR_REPLY
	return []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: binary.NativeEndian.AppendUint32(nil, known), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
		&expr.Ct{Key: expr.CtKeyDIRECTION, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{reply}},
	}
}

// from returns what matches packets whose source is in the set; half looks at the first 64
// bits only.
func (*table) from(fam int, set *nftables.Set, half bool) []expr.Any {
	proto, offset, length := byte(unix.NFPROTO_IPV4), uint32(12), uint32(4)
	if fam == ipv6 {
		proto, offset, length = unix.NFPROTO_IPV6, 8, 16
	}
	all := []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{proto}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length},
	}
	if half {
		mask := slices.Concat(slices.Repeat([]byte{0xff}, 8), make([]byte, 8))
		all = append(all, &expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 16, Mask: mask, Xor: make([]byte, 16)})
	}
	return append(all, &expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID})
}

// each hands blocks to a set of their family, some at a time. Lasts is nil for those that
// go.
func each(blocks []Block, sets [2]*nftables.Set, use func(*nftables.Set, []nftables.SetElement) error, lasts func(time.Time) time.Duration) error {
	var elements [2][]nftables.SetElement
	for i := range blocks {
		e := nftables.SetElement{Key: blocks[i].Network.Addr().AsSlice()}
		if lasts != nil {
			e.Timeout = lasts(blocks[i].Until)
		}
		fam := family(blocks[i].Network)
		elements[fam] = append(elements[fam], e)
	}
	for fam, set := range sets {
		for some := range slices.Chunk(elements[fam], chunk) {
			if err := use(set, some); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillRanges adds the intervals of a family to their set, which is empty.
func (t *table) fillRanges(c *nftables.Conn, fam int, blocks map[netip.Prefix]time.Time, lasts func(time.Time) time.Duration) error {
	return fill(c, t.ranges[fam], rangesOf(blocks, fam), lasts)
}

// fillAllow makes the sets hold what is never dropped.
func (t *table) fillAllow(c *nftables.Conn, allow []netip.Prefix) error {
	for fam, set := range t.allow {
		c.FlushSet(set)
		if err := fill(c, set, allowed(allow, fam), nil); err != nil {
			return err
		}
	}
	return nil
}

// fill adds intervals to a set.
func fill(c *nftables.Conn, set *nftables.Set, spans []Span, lasts func(time.Time) time.Duration) error {
	elements := make([]nftables.SetElement, 0, 2*len(spans))
	for _, s := range spans {
		first := nftables.SetElement{Key: s.First.AsSlice()}
		if lasts != nil {
			first.Timeout = lasts(s.Until)
		}
		elements = append(elements, first)
		if end := s.Last.Next(); end.IsValid() { // else it goes to the last address of all
			elements = append(elements, nftables.SetElement{Key: end.AsSlice(), IntervalEnd: true})
		}
	}
	for some := range slices.Chunk(elements, chunk) {
		if err := c.SetAddElements(set, some); err != nil {
			return err
		}
	}
	return nil
}

// counted returns what the rules that are there have dropped.
func (f *Firewall) counted() (d Dropped) {
	c, err := f.conn()
	if err != nil {
		return d
	}
	t := newTable()
	for _, chain := range t.chains {
		rules, err := c.GetRules(t.table, chain)
		if err != nil {
			return d
		}
		for _, r := range rules {
			for _, e := range r.Exprs {
				if n, ok := e.(*expr.Counter); ok {
					d.Packets += n.Packets
					d.Bytes += n.Bytes
				}
			}
		}
	}
	return d
}
