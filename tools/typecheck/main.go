// Command typecheck says whether packages are right for another system: what it says, the
// compiler says too, but it takes seconds, since it makes no code and does not look into the
// functions of other modules.
//
// usage: typecheck GOOS/GOARCH PACKAGE...     (without cgo; in the folder of the module)
package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "typecheck:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("want a system, such as windows/amd64, and packages")
	}
	system, arch, ok := strings.Cut(args[0], "/")
	if !ok {
		return fmt.Errorf("%q is no system, want one such as windows/amd64", args[0])
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	all, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps | packages.NeedTypes |
			packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedTypesSizes | packages.NeedModule,
		Env: append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch),
		ParseFile: func(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
			f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
			if f != nil && !strings.HasPrefix(name, here+string(filepath.Separator)) {
				declarations(f)
			}
			return f, err
		},
	}, args[1:]...)
	if err != nil {
		return err
	}
	var faults []error
	packages.Visit(all, nil, func(p *packages.Package) {
		own := p.Module != nil && p.Module.Main
		for _, e := range p.Errors {
			// What declarations leaves behind.
			if !own && (strings.HasSuffix(e.Msg, "not used") || strings.HasSuffix(e.Msg, "must have a body") || strings.HasSuffix(e.Msg, "missing function body")) {
				continue
			}
			faults = append(faults, e)
		}
	})
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	fmt.Printf("%d packages are right for %s\n", len(all), args[0])
	return nil
}

// declarations leaves the insides of functions out.
func declarations(f *ast.File) {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			fn.Body = nil
		}
	}
}
