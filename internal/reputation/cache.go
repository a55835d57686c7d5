package reputation

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
)

// The bounds of a cache.
const (
	maxCached    = 20_000
	maxCacheFile = 32 << 20
)

// Cache keeps the answers of one service in a file, and counts the questions of the
// day. Runs at the same time may each forget what the other one learnt. A nil Cache
// keeps nothing, and counts nothing.
type Cache struct {
	path   string
	expiry time.Duration
	kept   cacheFile
	dirty  bool
}

type cacheFile struct {
	// Day is a date in UTC, Asked how many questions were asked on it.
	Day   string `json:"day"`
	Asked int    `json:"asked"`
	// Verdicts are the answers by address.
	Verdicts map[netip.Addr]Verdict `json:"verdicts"`
}

// OpenCache reads the cache at the path. A file that is not there, or that cannot
// be read as a cache, is an empty one: it holds nothing that could not be asked
// again. Expiry 0 means DefaultExpiry.
func OpenCache(path string, expiry time.Duration) *Cache {
	c := &Cache{path: path, expiry: expiry}
	if c.expiry <= 0 {
		c.expiry = DefaultExpiry
	}
	if info, err := os.Stat(path); err == nil && info.Size() <= maxCacheFile {
		if data, err := os.ReadFile(path); err == nil && json.Unmarshal(data, &c.kept) != nil {
			c.kept = cacheFile{}
		}
	}
	if c.kept.Verdicts == nil {
		c.kept.Verdicts = map[netip.Addr]Verdict{}
	}
	return c
}

// get returns the answer about the address, and whether it still holds.
func (c *Cache) get(a netip.Addr, now time.Time) (v Verdict, fresh bool) {
	if c == nil {
		return Verdict{}, false
	}
	v, ok := c.kept.Verdicts[a]
	age := now.Sub(v.Checked)
	return v, ok && age >= 0 && age < c.expiry
}

func (c *Cache) put(a netip.Addr, v Verdict) {
	if c != nil {
		c.kept.Verdicts[a], c.dirty = v, true
	}
}

// spend takes one question from the budget of the day; it reports false when there
// is none left.
func (c *Cache) spend(now time.Time, budget int) bool {
	if c == nil || budget <= 0 {
		return true
	}
	if day := now.UTC().Format(time.DateOnly); c.kept.Day != day {
		c.kept.Day, c.kept.Asked = day, 0
	}
	if c.kept.Asked >= budget {
		return false
	}
	c.kept.Asked++
	c.dirty = true
	return true
}

// save writes the cache if it changed. Answers that expired long ago go; when there
// are too many, others go, too.
func (c *Cache) save(now time.Time) error {
	if c == nil || !c.dirty {
		return nil
	}
	for a, v := range c.kept.Verdicts {
		if now.Sub(v.Checked) > 30*c.expiry {
			delete(c.kept.Verdicts, a)
		}
	}
	for a := range c.kept.Verdicts {
		if len(c.kept.Verdicts) <= maxCached {
			break
		}
		delete(c.kept.Verdicts, a)
	}
	data, err := json.Marshal(c.kept)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return err
	}
	if err := atomicfile.Write(c.path, 0o600, data); err != nil {
		return err
	}
	c.dirty = false
	return nil
}
