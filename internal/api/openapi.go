package api

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/sasumata/sasumata/internal/document"
)

//go:embed openapi/*.yaml
var openapiFiles embed.FS

// openAPI returns the description of the API, OpenAPI 3.1 in JSON: all files of
// openapi/*.yaml in one.
func openAPI() ([]byte, error) {
	names, err := fs.Glob(openapiFiles, "openapi/*.yaml")
	if err != nil {
		return nil, err
	}
	all := map[string]any{}
	for _, name := range names {
		data, err := openapiFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var part struct {
			All map[string]any `doc:",extra"`
		}
		if err := document.Decode(name, data, &part, document.Options{}); err != nil {
			return nil, err
		}
		if err := join(all, part.All, name); err != nil {
			return nil, err
		}
	}
	return json.Marshal(all)
}

// join adds what from has, of which nothing may be there but objects.
func join(into, from map[string]any, at string) error {
	for key, value := range from {
		old, there := into[key]
		a, isMap := old.(map[string]any)
		b, both := value.(map[string]any)
		switch {
		case !there:
			into[key] = value
		case isMap && both:
			if err := join(a, b, at+": "+key); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s: %s is there twice", at, key)
		}
	}
	return nil
}

// describe serves the description, which is made when somebody asks for the first time.
func describe(made func() ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := known(r); err != nil {
			explain(w, http.StatusBadRequest, err.Error())
			return
		}
		data, err := made()
		if err != nil {
			panic("BUG: " + err.Error()) // the files are embedded
		}
		header(w)
		_, _ = w.Write(data) // who asked may be gone
	}
}
