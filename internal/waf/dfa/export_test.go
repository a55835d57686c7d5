package dfa

// Size estimates the bytes that the automaton takes.
func (c *Cache) Size() int { return c.bytes }
