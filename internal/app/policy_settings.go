package app

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/sasumata/sasumata/internal/document"
)

// policySettings is a file with the settings of checks.
type policySettings struct {
	document.Pos

	Registries []string `doc:"registries"`
	Labels     []string `doc:"labels"`
	ImageDays  *int     `doc:"image_days"`
}

// PolicySettings reads the settings of checks from a file; "" is without any. The
// error is document.Faults with everything that is wrong.
func PolicySettings(file string) (map[string]any, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // none is not wrong
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var s policySettings
	if err := document.Decode(file, data, &s, document.Options{}); err != nil {
		return nil, err
	}
	out := map[string]any{}
	for name, list := range map[string][]string{"registries": s.Registries, "labels": s.Labels} {
		if list == nil {
			continue
		}
		values := make([]any, 0, len(list))
		for _, v := range list {
			values = append(values, v)
		}
		out[name] = values
	}
	if s.ImageDays != nil {
		if *s.ImageDays < 1 {
			return nil, fmt.Errorf("%s: image_days is %d, want the days that an image may be old: 1 or more", file, *s.ImageDays)
		}
		out["image_days"] = json.Number(strconv.Itoa(*s.ImageDays))
	}
	return out, nil
}
