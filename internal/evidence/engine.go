package evidence

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/sasumata/sasumata/seclog/redact"
)

// inspect captures what the engine knows, without secrets.
func (k *capture) inspect() error {
	var value any
	if err := json.Unmarshal(k.of.Inspect, &value); err != nil {
		k.problem("what the engine knows of the container: %v", err)
		return nil
	}
	return k.addJSON("inspect.json", safeValue("", value))
}

// safeValue returns a value of JSON without secrets.
func safeValue(name string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, one := range v {
			v[key] = safeValue(key, one)
		}
	case []any:
		before := ""
		for i, one := range v {
			text, ok := one.(string)
			switch {
			case ok && name == "Env":
				v[i] = safeVariable(text)
			case ok && strings.HasPrefix(before, "-") && !strings.HasPrefix(text, "-"): // of a command
				v[i] = safeArguments(before + "\x00" + text)[1]
			default:
				v[i] = safeValue("", one)
			}
			before = text
		}
	case string:
		if safe, changed := redact.Value(name, v); changed {
			return safe
		}
		safe, _ := redact.Text(v)
		return safe
	}
	return value
}

// changes captures what the container changed of its image.
func (k *capture) changes() error {
	list, err := k.of.Changes(k.ctx)
	if err != nil {
		k.problem("what it changed of its image: %v", err)
		return k.ctx.Err()
	}
	if len(list) > maxEntries {
		k.limit("changes.json has %d of %d changes", maxEntries, len(list))
		list = list[:maxEntries]
	}
	if list == nil {
		list = []Change{}
	}
	return k.addJSON("changes.json", list)
}

// output captures what the container wrote to its standard output and error.
func (k *capture) output() error {
	return k.add("stdout.log", func(stdout io.Writer) error {
		return k.add("stderr.log", func(stderr io.Writer) error {
			cut, err := k.of.Logs(k.ctx, min(k.limits.MaxLogs, k.left), stdout, stderr)
			if cut {
				k.limit("the output was cut after %d bytes", k.limits.MaxLogs)
			}
			return err
		})
	})
}
