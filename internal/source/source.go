// Package source brings events into the product: whole files and pipes for an
// analysis, and what writes logs while the product runs.
//
// Open reads a file, compressed or not; a Reader cuts it into blocks of lines:
//
//	f, err := source.Open(path, os.Stdin)
//	...
//	lines := source.NewReader(f, source.ReaderOptions{})
//	for {
//		block, err := lines.Next()
//		...
//	}
package source
