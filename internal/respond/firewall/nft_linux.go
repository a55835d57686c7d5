//go:build linux

package firewall

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Firewall is the table of this process. Any number of goroutines may use it; one process at
// a time has the table.
type Firewall struct {
	opts Options

	mu      sync.Mutex
	blocks  map[netip.Prefix]time.Time
	allow   []netip.Prefix
	built   bool    // by this process
	dropped Dropped // by rules of before
	blind   bool    // the kernel does not track connections
}

// Open returns a firewall that blocks nothing yet. What a process of before left is replaced
// by the first Load.
func Open(opts Options) (*Firewall, error) {
	f := &Firewall{opts: opts, blocks: map[netip.Prefix]time.Time{}}
	c, err := f.conn()
	if err == nil {
		_, err = c.ListTablesOfFamily(nftables.TableFamilyINet)
	}
	if err != nil {
		return nil, explain(err)
	}
	return f, nil
}

// sendBuffer is the size in bytes that one transaction may have: 100,000 blocks of IPv6 have
// six million.
const sendBuffer = 32 << 20

func (f *Firewall) conn() (*nftables.Conn, error) {
	return nftables.New(nftables.WithNetNSFd(f.opts.NetNS), nftables.WithSockOptions(func(c *netlink.Conn) error {
		return errors.Join(c.SetWriteBuffer(sendBuffer), c.SetReadBuffer(sendBuffer))
	}))
}

// explain says what an error of the kernel means.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrPermission) || errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w (%w)", ErrPermission, err)
	case errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("%w (%w)", ErrUnsupported, err)
	default:
		return fmt.Errorf("change the firewall: %w", err)
	}
}

// Load makes the firewall block exactly these, whatever there was, in one transaction: at no
// moment is an address free that was blocked before and is to be. Networks of allow are
// never dropped.
func (f *Firewall) Load(blocks []Block, allow []netip.Prefix) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blocks, f.allow = make(map[netip.Prefix]time.Time, len(blocks)), slices.Clone(allow)
	for _, b := range blocks {
		f.blocks[b.Network] = b.Until
	}
	return f.rebuild()
}

// Add blocks networks, those that are blocked already until the new time.
func (f *Firewall) Add(blocks []Block) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var again, fresh []Block
	ranges := [2]bool{}
	before := make(map[netip.Prefix]time.Time, len(blocks))
	for _, b := range blocks {
		until, known := f.blocks[b.Network]
		before[b.Network] = until
		f.blocks[b.Network] = b.Until
		switch {
		case !hashed(b.Network):
			ranges[family(b.Network)] = true
		case known && until.Equal(b.Until):
		case known:
			again, fresh = append(again, b), append(fresh, b)
		default:
			fresh = append(fresh, b)
		}
	}
	err := f.change(again, fresh, ranges)
	if err != nil { // nobody may think that they are blocked, nor find them blocked later
		for p, until := range before {
			if f.blocks[p] = until; until.IsZero() {
				delete(f.blocks, p)
			}
		}
	}
	return err
}

// Remove ends blocks. Those that are not there any more are no error.
func (f *Firewall) Remove(networks []netip.Prefix) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var gone []Block
	ranges := [2]bool{}
	for _, p := range networks {
		until, known := f.blocks[p]
		delete(f.blocks, p)
		switch {
		case !hashed(p):
			ranges[family(p)] = true
		case known && f.opts.Now().Before(until.Add(backstop/2)):
			gone = append(gone, Block{p, until})
		default: // the kernel forgets it by itself, or did
		}
	}
	return f.change(gone, nil, ranges)
}

// Allow replaces the networks that are never dropped.
func (f *Firewall) Allow(allow []netip.Prefix) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.Equal(allow, f.allow) && f.built {
		return nil
	}
	f.allow = slices.Clone(allow)
	return f.transact(func(c *nftables.Conn, t *table) error { return t.fillAllow(c, f.allow) })
}

// Close takes the table away: nothing is blocked any more.
func (f *Firewall) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.blocks)
	f.built = false
	c, err := f.conn()
	if err != nil {
		return explain(err)
	}
	t := newTable()
	c.AddTable(t.table) // removing what is not there fails
	c.DelTable(t.table)
	return explain(c.Flush())
}

// change takes elements out and puts others in, and fills interval sets anew.
func (f *Firewall) change(gone, fresh []Block, ranges [2]bool) error {
	return f.transact(func(c *nftables.Conn, t *table) error {
		if err := each(gone, t.hash, c.SetDeleteElements, nil); err != nil {
			return err
		}
		if err := each(fresh, t.hash, c.SetAddElements, f.lasts); err != nil {
			return err
		}
		for fam, wanted := range ranges {
			if !wanted {
				continue
			}
			c.FlushSet(t.ranges[fam])
			if err := t.fillRanges(c, fam, f.blocks, f.lasts); err != nil {
				return err
			}
		}
		return nil
	})
}

// transact changes the table in one transaction. When the kernel refuses it, because the
// table is not as it was left, all of it is built anew.
func (f *Firewall) transact(do func(*nftables.Conn, *table) error) error {
	if f.built {
		c, err := f.conn()
		if err == nil {
			err = do(c, newTable())
		}
		if err == nil {
			err = c.Flush()
		}
		if err == nil {
			return nil
		}
		if errors.Is(err, os.ErrPermission) {
			return explain(err)
		}
	}
	return f.rebuild()
}

// lasts returns for how long the kernel is to know the element.
func (f *Firewall) lasts(until time.Time) time.Duration {
	return max(until.Sub(f.opts.Now()), 0) + backstop
}

// rebuild makes the whole table. A kernel that does not track connections drops answers of
// who is blocked, too.
func (f *Firewall) rebuild() error {
	f.count()
	f.built = false
	err := f.make()
	if !f.blind && (errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EOPNOTSUPP)) {
		f.blind = true
		err = f.make()
		f.blind = err == nil
	}
	f.built = err == nil
	return explain(err)
}

// make makes the table.
func (f *Firewall) make() error {
	c, err := f.conn()
	if err != nil {
		return err
	}
	t := newTable()
	c.AddTable(t.table) // removing what is not there fails
	c.DelTable(t.table)
	if err := t.build(c, !f.blind); err != nil {
		return err
	}
	list := make([]Block, 0, len(f.blocks))
	for p, until := range f.blocks {
		if hashed(p) {
			list = append(list, Block{p, until})
		}
	}
	err = errors.Join(each(list, t.hash, c.SetAddElements, f.lasts), t.fillAllow(c, f.allow))
	for fam := range t.ranges {
		err = errors.Join(err, t.fillRanges(c, fam, f.blocks, f.lasts))
	}
	if err == nil {
		err = c.Flush()
	}
	return err
}

// Check looks whether the kernel has what it should have, and puts right what it has not.
func (f *Firewall) Check() (Drift, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, err := f.drift()
	if err != nil || !d.Any() {
		return d, explain(err)
	}
	return d, f.rebuild()
}

func (f *Firewall) drift() (Drift, error) {
	c, err := f.conn()
	if err != nil {
		return Drift{}, err
	}
	t := newTable()
	for _, chain := range t.chains {
		if rules, err := c.GetRules(t.table, chain); err != nil || len(rules) != rulesOfChain+tracked(f.blind) {
			if errors.Is(err, os.ErrPermission) {
				return Drift{}, err
			}
			return Drift{Table: true, Missing: len(f.blocks)}, nil
		}
	}
	want := map[string]bool{}
	soon := f.opts.Now().Add(-backstop / 2) // what the kernel may be about to forget
	for _, fam := range families() {
		for p, until := range f.blocks {
			if hashed(p) && family(p) == fam && until.After(soon) {
				want[t.hash[fam].Name+string(p.Addr().AsSlice())] = true
			}
		}
		for set, spans := range map[*nftables.Set][]Span{t.ranges[fam]: rangesOf(f.blocks, fam), t.allow[fam]: allowed(f.allow, fam)} {
			for _, s := range spans {
				if s.Until.IsZero() || s.Until.After(soon) {
					want[set.Name+string(s.First.AsSlice())] = true
				}
			}
		}
	}
	var d Drift
	for _, set := range t.sets() {
		elements, err := c.GetSetElements(set)
		if err != nil {
			if errors.Is(err, os.ErrPermission) {
				return Drift{}, err
			}
			return Drift{Table: true, Missing: len(f.blocks)}, nil
		}
		for i := range elements {
			e := &elements[i]
			key := set.Name + string(e.Key)
			switch {
			case e.IntervalEnd:
			case want[key]:
				delete(want, key)
			case e.Timeout > 0 && e.Expires < backstop: // on its way out
			default:
				d.Extra++
			}
		}
	}
	d.Missing = len(want)
	return d, nil
}

// tracked returns how many rules a chain has beside the others.
func tracked(blind bool) int {
	if blind {
		return 0
	}
	return 1
}

// Dropped is what was dropped since this process began.
type Dropped struct{ Packets, Bytes uint64 }

// Dropped returns what was dropped so far.
func (f *Firewall) Dropped() Dropped {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.counted()
	return Dropped{f.dropped.Packets + now.Packets, f.dropped.Bytes + now.Bytes}
}

// count takes over what rules counted that are about to go.
func (f *Firewall) count() {
	if f.built {
		now := f.counted()
		f.dropped.Packets += now.Packets
		f.dropped.Bytes += now.Bytes
	}
}

// Blocks returns how many networks are to be blocked.
func (f *Firewall) Blocks() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.blocks)
}

// rangesOf returns the intervals of a family.
func rangesOf(blocks map[netip.Prefix]time.Time, fam int) []Span {
	var list []Block
	for p, until := range maps.All(blocks) {
		if !hashed(p) && family(p) == fam {
			list = append(list, Block{p, until})
		}
	}
	return outermost(list)
}

// allowed returns the intervals of a family that are never dropped.
func allowed(allow []netip.Prefix, fam int) []Span {
	var list []netip.Prefix
	for _, p := range allow {
		if family(p) == fam {
			list = append(list, p)
		}
	}
	return Join(list)
}
