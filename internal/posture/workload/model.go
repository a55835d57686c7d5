package workload

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/types"
)

// mergedModel has the reference implementation of compose merge the files, with what
// they include and extend, into one tree in the long form of every key. Variables
// without a value stay as they were written.
func mergedModel(ctx context.Context, files []File, at places, variables map[string]string) (model map[string]any, err error) {
	// The engine is somebody else's: should it stumble over a file, the file is read
	// without it.
	defer func() {
		if r := recover(); r != nil {
			model, err = nil, fmt.Errorf("not readable as a compose file: %v", r)
		}
	}()
	dir, err := filepath.Abs(filepath.Dir(files[0].Name))
	if err != nil {
		return nil, err
	}
	if err := follow(ctx, at, dir, variables); err != nil {
		return nil, err
	}
	details := types.ConfigDetails{WorkingDir: dir, Environment: types.Mapping{}}
	for _, f := range files {
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: filepath.Join(dir, filepath.Base(f.Name)), Content: f.Data})
	}
	return loader.LoadModelWithContext(ctx, details, func(o *loader.Options) {
		o.SkipValidation = true
		o.SkipNormalization = true
		o.SkipConsistencyCheck = true
		o.SkipDefaultValues = true
		o.ResolvePaths = false
		o.SetProjectName("project", true)
		o.Interpolate.TypeCastMapping = nil
		o.Interpolate.Substitute = func(text string, _ template.Mapping) (string, error) {
			return Interpolate(text, variables), nil
		}
	})
}
