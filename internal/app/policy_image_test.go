package app_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/posture"
)

// Against a real engine: an image that docker import made is read as the engine writes it.
func TestPoliciesOfAnImageOfTheEngine(t *testing.T) {
	engine := os.Getenv("SASUMATA_DOCKER")
	if engine == "" {
		t.Skip("SKIPPED: SASUMATA_DOCKER is not set: no engine of containers to ask")
	}
	image := busyboxImage(t, engine, "sasumata-policy-image")
	o := app.PolicyOptions{Images: []string{image}, Engine: engine}
	o.Now = time.Now()
	list, _, rules, err := app.PolicyFindings(t.Context(), o)
	if err != nil || len(list.Unread) > 0 {
		t.Fatalf("%v, %v", err, list)
	}
	var found []string
	for _, f := range list.Findings {
		found = append(found, f.ID)
		if f.Place.Path != "image:"+image {
			t.Errorf("%+v", f.Place)
		}
	}
	slices.Sort(found)
	if !slices.Contains(found, "IM005") || !slices.Contains(found, "IM006") || !slices.Contains(rules, "IM011") {
		t.Errorf("%v", found)
	}
	o.Images = []string{image + "-none"}
	list, _, _, err = app.PolicyFindings(t.Context(), o)
	if err != nil || len(list.Unread) != 1 || !strings.Contains(list.Unread[0].Error, "the engine knows no such thing") {
		t.Errorf("%v, %v", err, list)
	}
	o.Images, o.User.Only = []string{image}, true
	o.User.Policies = []string{"@guide"}
	o.User.All = true
	if _, _, _, err = app.PolicyFindings(t.Context(), o); !errors.Is(err, posture.ErrNoRule) {
		t.Error(err)
	}
}
