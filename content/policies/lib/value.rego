# Package lib.value looks at values whose type nobody has checked.
package lib.value

# get is the value of a key, or of keys one below the other; the default when there
# is none, also of what has no keys.
get(v, key, otherwise) := object.get(v, key, otherwise) if is_object(v)

get(v, _, otherwise) := otherwise if not is_object(v)

# size counts what has parts, and nothing else.
size(v) := count(v) if is_object(v)

size(v) := count(v) if is_array(v)

size(v) := 0 if {
	not is_object(v)
	not is_array(v)
}

# text is the text of a key, "" when it has none.
text(v, key) := found if {
	found := get(v, key, "")
	is_string(found)
} else := ""
