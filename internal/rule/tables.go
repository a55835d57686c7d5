package rule

// Tables answers whether a value is in a list: block lists, allow lists and
// Datadog's reference tables. It is asked on the hot path and must neither block
// nor allocate.
type Tables interface {
	// Contains reports whether the column of the table has the value. An unknown
	// table or column has none.
	Contains(table, column, value string) bool
}

// TablesFunc is a function that is Tables.
type TablesFunc func(table, column, value string) bool

// Contains calls the function.
func (f TablesFunc) Contains(table, column, value string) bool { return f(table, column, value) }
