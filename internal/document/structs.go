package document

import (
	"fmt"
	"reflect"
	"strings"
)

// field is one struct field that a key of the document fills.
type field struct {
	index    []int
	names    []string // the name, then its aliases
	was      []string // names that the key had before
	required bool
	single   bool
}

// structType is what the tags of a struct say.
type structType struct {
	fields    []field
	byName    map[string]int
	names     []string          // the first name of each field, for suggestions
	was       map[string]string // the name of today, by one of before
	pos       [][]int
	positions [][]int
	extra     []int
}

// structType reads the tags of a struct type. Tags that make no sense are a bug
// of the program.
func (d *decoder) structType(t reflect.Type) *structType {
	if st, ok := d.types[t]; ok {
		return st
	}
	st := &structType{byName: map[string]int{}, was: map[string]string{}}
	st.add(t, nil)
	d.types[t] = st
	return st
}

func (st *structType) add(t reflect.Type, parent []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(append([]int(nil), parent...), i)
		tag, tagged := sf.Tag.Lookup("doc")
		switch {
		case sf.Type == reflect.TypeFor[Pos]() && sf.IsExported():
			st.pos = append(st.pos, index)
		case !tagged && sf.Anonymous && sf.Type.Kind() == reflect.Struct:
			st.add(sf.Type, index)
		case !tagged || tag == "-":
		case tag == ",positions":
			mustBe(t, sf, reflect.TypeFor[map[string]Pos]())
			st.positions = append(st.positions, index)
		case tag == ",extra":
			if sf.Type.Kind() != reflect.Map || sf.Type.Key().Kind() != reflect.String {
				mustBe(t, sf, reflect.TypeFor[map[string]any]())
			}
			st.extra = index
		default:
			st.addField(t, sf, parseTag(tag, index))
		}
	}
}

func (st *structType) addField(t reflect.Type, sf reflect.StructField, f field) {
	if f.names[0] == "" || !sf.IsExported() {
		panic(fmt.Sprintf("BUG: document: the field %s.%s needs a name and to be exported", t, sf.Name))
	}
	for _, name := range f.names {
		if _, ok := st.byName[name]; ok {
			panic(fmt.Sprintf("BUG: document: two fields of %s read the key %q", t, name))
		}
		st.byName[name] = len(st.fields)
	}
	for _, name := range f.was {
		st.was[name] = f.names[0]
	}
	st.names = append(st.names, f.names[0])
	st.fields = append(st.fields, f)
}

func parseTag(tag string, index []int) field {
	parts := strings.Split(tag, ",")
	f := field{index: index, names: parts[:1:1]}
	for _, option := range parts[1:] {
		if alias, ok := strings.CutPrefix(option, "alias="); ok {
			f.names = append(f.names, alias)
			continue
		}
		if was, ok := strings.CutPrefix(option, "was="); ok {
			f.was = append(f.was, was)
			continue
		}
		switch option {
		case "required":
			f.required = true
		case "single":
			f.single = true
		default:
			panic(fmt.Sprintf("BUG: document: unknown option %q in the tag %q", option, tag))
		}
	}
	return f
}

func mustBe(t reflect.Type, sf reflect.StructField, want reflect.Type) {
	if sf.Type != want || !sf.IsExported() {
		panic(fmt.Sprintf("BUG: document: the field %s.%s must be an exported %s", t, sf.Name, want))
	}
}
