package document

import (
	"math"
	"reflect"
	"time"

	"go.yaml.in/yaml/v4"
)

// setScalar decodes a scalar into a field of a basic type.
func (d *decoder) setScalar(n *yaml.Node, v reflect.Value) {
	switch k := v.Kind(); {
	case k == reflect.String:
		if n.Kind != yaml.ScalarNode {
			d.faultAt(n, "want text, found %s", describe(n))
			return
		}
		v.SetString(n.Value)
	case k == reflect.Bool:
		b, ok := parseBool(n.Value)
		if n.Kind != yaml.ScalarNode || isText(n) || !ok {
			d.badBool(n)
			return
		}
		v.SetBool(b)
	case v.CanInt():
		i, ok := wholeNumber(n)
		if !ok || v.OverflowInt(i) {
			d.faultAt(n, "want a whole number%s, found %s", limits(v, ok), describe(n))
			return
		}
		v.SetInt(i)
	case v.CanUint():
		i, ok := wholeNumber(n)
		if !ok || i < 0 || v.OverflowUint(uint64(i)) {
			d.faultAt(n, "want a whole number%s, found %s", limits(v, ok), describe(n))
			return
		}
		v.SetUint(uint64(i))
	case v.CanFloat():
		f, ok := parseFloat(n.Value)
		if n.Kind != yaml.ScalarNode || isText(n) || !ok {
			d.faultAt(n, "want a number, found %s", describe(n))
			return
		}
		v.SetFloat(f)
	default:
		panic("BUG: document cannot decode into " + v.Type().String())
	}
}

// badBool reports a value that is no truth value, and knows the words of YAML 1.1.
func (d *decoder) badBool(n *yaml.Node) {
	f := d.pos(n).Fault("want true or false, found %s", describe(n))
	if n.Kind == yaml.ScalarNode {
		switch fold(n.Value) {
		case "yes", "y", "on", "1", "true", "enabled":
			f.Suggestion = "true"
		case "no", "n", "off", "0", "false", "disabled":
			f.Suggestion = "false"
		}
	}
	d.add(f)
}

// wholeNumber reads a whole number, also one written as 1e3 or 5.0.
func wholeNumber(n *yaml.Node) (int64, bool) {
	if n.Kind != yaml.ScalarNode || isText(n) {
		return 0, false
	}
	if i, ok := parseInt(n.Value); ok {
		return i, true
	}
	f, ok := parseFloat(n.Value)
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// limits says which numbers a field takes, when the number was one.
func limits(v reflect.Value, isNumber bool) string {
	switch {
	case !isNumber:
		return ""
	case v.CanUint():
		return " from 0 that the field can hold"
	default:
		return " that the field can hold"
	}
}

func (d *decoder) duration(n *yaml.Node, v reflect.Value) {
	if n.Kind == yaml.ScalarNode {
		if t, ok := parseDuration(n.Value); ok {
			v.SetInt(int64(t))
			return
		}
	}
	f := d.pos(n).Fault("want a duration such as 90s, 5m or 1h30m, found %s", describe(n))
	if i, ok := wholeNumber(n); ok && i > 0 && i < int64(math.MaxInt64/time.Second) {
		f.Suggestion = n.Value + "s"
	}
	d.add(f)
}
