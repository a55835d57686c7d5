package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/posture"
)

// KubernetesSets are the words that say which checks look at manifests.
func KubernetesSets() []string { return []string{"all", "native", "trivy"} }

// policyChecks are ours, and those of Trivy beside them or in their place. Many
// goroutines may use it.
type policyChecks struct {
	native *posture.Engine
	trivy  *posture.Trivy // nil for none
	alone  bool           // ours do not look at manifests
}

// CheckKubernetesChecks says what is wrong with o.KubernetesChecks.
func CheckKubernetesChecks(names []string) error {
	_, _, err := kubernetesChecks(names)
	return err
}

// kubernetesChecks takes the word and the ids apart.
func kubernetesChecks(names []string) (set string, ids []string, err error) {
	for _, name := range names {
		switch {
		case !slices.Contains(KubernetesSets(), name):
			ids = append(ids, name)
		case set != "" && set != name:
			return "", nil, fmt.Errorf("%s and %s exclude each other", set, name)
		default:
			set = name
		}
	}
	if set == "" {
		set = "all"
	}
	if len(ids) == 0 {
		return set, nil, nil
	}
	if set != "all" {
		return "", nil, fmt.Errorf("%s takes no ids of single checks, only all does", set)
	}
	if _, err := posture.NewTrivy(posture.TrivyOptions{Named: ids}); err != nil {
		return "", nil, fmt.Errorf("want %s, or ids of Trivy: %w", strings.Join(KubernetesSets(), ", "), err)
	}
	return set, ids, nil
}

// policyChecks brings together what looks at files.
func (o *PolicyOptions) policyChecks(engine *posture.Engine) (*policyChecks, error) {
	set, ids, err := kubernetesChecks(o.KubernetesChecks)
	if err != nil {
		return nil, err
	}
	c := &policyChecks{native: engine, alone: set == "trivy"}
	switch set {
	case "all":
		c.trivy, err = posture.NewTrivy(posture.TrivyOptions{Beside: engine.Checks(), Named: ids})
	case "trivy":
		c.trivy, err = posture.NewTrivy(posture.TrivyOptions{})
	}
	return c, err
}

// KubernetesChecks returns the checks of Trivy beside ours, with those that are left
// out unless somebody names them.
func KubernetesChecks(engine *posture.Engine) ([]*posture.Check, error) {
	t, err := posture.NewTrivy(posture.TrivyOptions{Beside: engine.Checks()})
	if err != nil {
		return nil, err
	}
	return t.Listed()
}

// all returns all checks that are evaluated.
func (c *policyChecks) all() []*posture.Check {
	out := c.native.Checks()
	if c.trivy != nil {
		out = slices.Concat(out, c.trivy.Checks())
	}
	return out
}

// evaluate asks all checks about one document.
func (c *policyChecks) evaluate(ctx context.Context, in posture.Input) ([]posture.Finding, error) {
	if in.Kind != posture.Kubernetes && in.Kind != posture.Objects {
		return c.native.Evaluate(ctx, in)
	}
	var ours, theirs []posture.Finding
	var err error
	if !c.alone {
		if ours, err = c.native.Evaluate(ctx, in); err != nil {
			return nil, err
		}
	}
	if c.trivy != nil && in.Kind == posture.Objects {
		if theirs, err = c.trivy.Evaluate(ctx, in.File, in.Objects); err != nil {
			return nil, err
		}
	}
	return slices.Concat(ours, theirs), nil
}
