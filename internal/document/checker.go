package document

// Checker collects what is wrong with values that could be read.
type Checker struct {
	// Here is the place of faults that have none of their own.
	Here Pos
	// Faults are those so far.
	Faults Faults
}

// Fault notes a fault of the value of a key, if it is wrong; at are the places of keys.
func (k *Checker) Fault(wrong bool, at map[string]Pos, key, format string, args ...any) {
	if !wrong {
		return
	}
	pos, ok := at[key]
	if !ok {
		pos = k.Here
	}
	k.Faults = append(k.Faults, pos.Fault(format, args...))
}
