// Command site writes the documentation as a folder of plain HTML: the pages of docs, the
// runbooks, and the documents at the root of the repository, in English and Japanese, with
// one style sheet and no script. Navigation comes from docs/README.md and docs/ja/README.md.
//
// It fails, and says all of it, when a link leads nowhere or a page holds raw HTML.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

// run returns the exit code: 2 for a wrong use, 1 when the site could not be written.
func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("site", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", "../..", "`folder` of the repository")
	out := flags.String("out", "../../site", "`folder` that is written to")
	source := flags.String("source", "https://github.com/sasumata/sasumata/blob/HEAD/", "`URL` below which files are that are no pages")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "site takes no arguments: %q\n", flags.Args())
		return 2
	}
	s, err := read(os.DirFS(*root), *source)
	if err == nil {
		err = s.write(*out)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	fmt.Fprintf(stderr, "%d pages in %s\n", len(s.pages), *out)
	return 0
}
