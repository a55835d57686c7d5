// Package source brings logs into the product: files, packed or not, and pipes.
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
