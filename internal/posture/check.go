package posture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/sasumata/sasumata/internal/scan"
)

// Check is one rule file: what it looks for, why, and what to do.
type Check struct {
	// ID is how it is called everywhere: DF001.
	ID string
	// Target is the folder that it lies in: what it looks at.
	Target string
	// Severity is how serious its findings are.
	Severity scan.Severity
	// Title says in a few words what is wrong, Why what can come of it, Fix what to do.
	Title, Why, Fix Text
	// Aliases are the ids of the same check elsewhere: those of the CIS Docker Benchmark
	// ("CIS 4.1"), Trivy, hadolint, Checkov, KICS, compose-lint.
	Aliases []string
	// Kinds are further aliases of findings of a sort, by the sort's name.
	Kinds map[string][]string
	// File is the name of the rule file below the folder of policies; of a check of
	// Trivy below its module.
	File string
	// Source is the module and version that the check comes from, "" for ours.
	Source string
	// Links lead to more about the check.
	Links []string
	// Off says why a check is not evaluated unless somebody names it; empty for all
	// that are.
	Off Text

	message Text
}

// All returns every alias that findings of the check can have, sorted.
func (c *Check) All() []string {
	out := slices.Clone(c.Aliases)
	for _, list := range c.Kinds {
		out = append(out, list...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// metadata is what the METADATA comment of a rule file says under custom.
type metadata struct {
	ID       string              `json:"id"`
	Severity string              `json:"severity"`
	Message  string              `json:"message"`
	Fix      string              `json:"fix"`
	Aliases  []string            `json:"aliases"`
	Kinds    map[string][]string `json:"kinds"`
	Japanese struct {
		Title   string `json:"title"`
		Why     string `json:"description"`
		Message string `json:"message"`
		Fix     string `json:"fix"`
	} `json:"ja"`
}

// checkOf reads the METADATA of a rule file. The error says everything that is wrong
// with it.
func checkOf(file string, module *ast.Module) (*Check, error) {
	for _, a := range module.Annotations {
		if a.Scope != "package" {
			continue
		}
		text, err := json.Marshal(a.Custom)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		var m metadata
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&m); err != nil {
			return nil, fmt.Errorf("%s: METADATA, custom: %w", file, err)
		}
		c := &Check{
			ID: m.ID, Target: strings.Split(file, "/")[0], Severity: scan.ParseSeverity(m.Severity), File: file,
			Title: Text{a.Title, m.Japanese.Title}, Why: Text{strings.TrimSpace(a.Description), strings.TrimSpace(m.Japanese.Why)},
			Fix: Text{m.Fix, m.Japanese.Fix}, message: Text{m.Message, m.Japanese.Message},
			Aliases: m.Aliases, Kinds: m.Kinds,
		}
		return c, c.validate(module, m.Severity)
	}
	return nil, fmt.Errorf("%s: no METADATA of scope package before the package", file)
}

func (c *Check) validate(module *ast.Module, severity string) error {
	var errs []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("%s: "+format, append([]any{c.File}, args...)...))
		}
	}
	want := "data.policies." + c.Target + "." + strings.ToLower(c.ID)
	fault(c.ID == "", "METADATA wants custom.id")
	fault(module.Package.Path.String() != want, "package %s, want %s", strings.TrimPrefix(module.Package.Path.String(), "data."), strings.TrimPrefix(want, "data."))
	fault(c.Severity == scan.Unknown || c.Severity.String() != severity, "severity %q, want critical, high, medium, low or info", severity)
	for _, t := range []struct {
		name string
		text Text
	}{{"title", c.Title}, {"description", c.Why}, {"fix", c.Fix}, {"message", c.message}} {
		fault(t.text.English == "", "METADATA wants %s", t.name)
		fault(t.text.Japanese == "", "METADATA wants custom.ja.%s", t.name)
	}
	fault(!slices.Equal(places(c.message.English), places(c.message.Japanese)), "the messages name different values: %v in English, %v in Japanese", places(c.message.English), places(c.message.Japanese))
	return errors.Join(errs...)
}

// places returns the names between braces in a message, sorted, each once.
func places(message string) []string {
	found := regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(message, -1)
	out := make([]string, 0, len(found))
	for _, m := range found {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}
