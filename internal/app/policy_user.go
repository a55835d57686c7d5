package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/scan"
)

// UserPolicies are rules that users bring.
type UserPolicies struct {
	posture.UserOptions

	// Parser is the form of the files; "" finds out by their names.
	Parser string
	// Combine gives rules all documents at once, as [{"path", "contents"}].
	Combine bool
	// Only leaves the checks of the program out.
	Only bool
}

// userTool is who finds what the rules of users find.
const userTool = "sasumata-user"

// userRules compiles the rules of users; nil when there are none.
func (o *PolicyOptions) userRules() (*posture.UserRules, error) {
	if len(o.User.Policies) == 0 {
		if o.User.Combine {
			return nil, errCombined
		}
		return nil, nil //nolint:nilnil // none is not wrong
	}
	own, err := fs.Sub(content.FS(), "conftest")
	if err != nil {
		return nil, err
	}
	o.User.Content, o.User.Functions = own, policyOptions(nil).Functions
	return posture.NewUserRules(o.User.UserOptions)
}

// userLook asks the rules of users about one file.
func (o *PolicyOptions) userLook(ctx context.Context, rules *posture.UserRules, f policyFile, data []byte) (*scan.Report, int, error) {
	inputs, err := o.userInputs(f, data)
	if err != nil {
		return nil, 0, err
	}
	r := scan.NewReport(f.name, o.Asset)
	r.Format = policyFormat
	r.Ran(userTool)
	for _, in := range inputs {
		found, err := rules.Evaluate(ctx, in)
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", f.name, err)
		}
		for _, one := range found {
			if err := r.Add(userRaw(f.name, one)); err != nil {
				return nil, 0, err
			}
		}
	}
	return r, len(inputs), nil
}

func (o *PolicyOptions) userInputs(f policyFile, data []byte) ([]any, error) {
	form := o.User.Parser
	if form == "" {
		form = policyParser(f.name)
	}
	return parseForRules(form, f.name, data)
}

// combined asks the rules of users about all files at once.
func (o *PolicyOptions) combined(ctx context.Context, rules *posture.UserRules, files []policyFile) (*scan.Report, int, error) {
	all := []any{}
	for _, f := range files {
		if f.name == "-" {
			return nil, 0, errors.New("--combine wants names of files: the standard input can be read once only")
		}
		if f.archive() || f.inputs != nil {
			continue // there is no text that rules could see
		}
		data := f.data
		if data == nil {
			var err error
			if data, err = o.readPolicyFile(f.name); err != nil {
				return nil, 0, err
			}
		}
		inputs, err := o.userInputs(f, data)
		if err != nil {
			return nil, 0, err
		}
		for _, in := range inputs {
			all = append(all, map[string]any{"path": f.name, "contents": in})
		}
	}
	found, err := rules.Evaluate(ctx, all)
	if err != nil {
		return nil, 0, err
	}
	r := scan.NewReport("Combined", o.Asset)
	r.Format = policyFormat
	r.Ran(userTool)
	for _, one := range found {
		if err := r.Add(userRaw("Combined", one)); err != nil {
			return nil, 0, err
		}
	}
	return r, len(all), nil
}

// userRaw is a finding as reports of scanners have them: deny and violation are high,
// warn is information, unless the result says how severe it is.
func userRaw(file string, f posture.UserFinding) *scan.Raw {
	severity := "high"
	if f.Warning {
		severity = "info"
	}
	if scan.ParseSeverity(f.Severity) != scan.Unknown {
		severity = f.Severity
	}
	r := &scan.Raw{
		Kind: scan.Misconfiguration, ID: f.Namespace + "." + f.Rule, Severity: severity, Tool: userTool, Title: f.Message, Fix: f.Fix, Path: file, Line: f.Line,
	}
	if f.File != "" {
		r.Path = f.File
	}
	return r
}

// both joins what the checks of the program and the rules of users found in a file.
func both(native *looked, user *scan.Report, documents int, err error) *looked {
	switch {
	case err != nil:
		return &looked{err: errors.Join(native.err, err)}
	case native.err != nil && errors.Is(native.err, posture.ErrNoRule) || native.report == nil && native.err == nil:
		return &looked{report: user, documents: documents}
	case native.err != nil:
		return native
	}
	native.report.Findings = append(native.report.Findings, user.Findings...)
	native.report.Read += user.Read
	native.report.Ran(userTool)
	native.documents += documents
	return native
}
