package pipelinetest_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

const recipes = "../../../docs/recipes"

// attributesOfRecipes are what rules ask for. Each recipe must give the same.
var attributesOfRecipes = []string{
	event.EvtCategory, event.EvtName, event.EvtOutcome, event.UserID, event.ClientIP,
	"http.request_id", event.HTTPUserAgent, event.HTTPMethod, event.HTTPURLDetails + ".path", event.HTTPStatusCode,
}

// wantOfRecipes is what the lines of sample.jsonl are about: a login that fails, one that
// succeeds, something that is denied, each with its request.
var wantOfRecipes = []string{
	"warn shop authentication authentication failure ann 203.0.113.7 abc-1 curl/8.5.0 - - -",
	"warn shop web request failure - 203.0.113.7 abc-1 curl/8.5.0 POST /login 401",
	"info shop authentication authentication success 1001 203.0.113.7 abc-2 curl/8.5.0 - - -",
	"info shop web request success - 203.0.113.7 abc-2 curl/8.5.0 POST /login 200",
	"warn shop authorization access_denied failure 1001 203.0.113.7 abc-3 curl/8.5.0 - - -",
	"warn shop web request failure - 203.0.113.7 abc-3 curl/8.5.0 GET /orders/7 403",
}

// summary runs the lines through the shipped pipelines and returns of each the level, the
// service and the attributes.
func summary(t *testing.T, lines string) []string {
	t.Helper()
	set, _ := loadContent(t)
	m := pipeline.NewMachine(dates.Clock{Now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Location: time.UTC})
	e := event.New()
	var got []string
	for line := range strings.Lines(lines) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
		if strings.Contains(line, "hunter2") {
			t.Errorf("the password is logged: %s", line)
		}
		e.Reset()
		e.Raw = strings.TrimSpace(line)
		if !set.Process(e, set.Hint(""), m) {
			t.Errorf("not understood: %s", line)
		}
		if at := time.Unix(0, e.Time).UTC(); at.Year() != 2026 {
			t.Errorf("the time is %s: %s", at, line)
		}
		words := []string{e.Status, e.Service}
		if strings.HasPrefix(words[0], "warn") {
			words[0] = "warn"
		}
		for _, name := range attributesOfRecipes {
			word := "-"
			// Some frameworks tell the request's line who the user is, too.
			if v, ok := e.Get(name); ok && v.Text() != "" && (name != event.UserID || e.Text(event.EvtCategory) != "web") {
				word = v.Text()
			}
			words = append(words, word)
		}
		got = append(got, strings.Join(words, " "))
		if category := e.Text(event.EvtCategory); category == "authentication" && e.Text(event.EvtOutcome) == "failure" && e.Text(event.EvtReason) != "wrong_password" {
			t.Errorf("the reason is %q", e.Text(event.EvtReason))
		}
		if v, ok := e.Get("duration"); e.Text(event.EvtCategory) == "web" && (!ok || v.Text() == "0") {
			t.Errorf("no duration: %s", line)
		}
	}
	return got
}

func TestRecipesGiveTheSameAttributes(t *testing.T) {
	paths, err := filepath.Glob(recipes + "/*/sample.jsonl")
	if err != nil || len(paths) != 5 {
		t.Fatalf("%q, %v", paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantOfRecipes, summary(t, string(text))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", path, diff)
		}
	}
}

// TestRecipeOfDjangoRuns runs what of the recipe needs no Django.
func TestRecipeOfDjangoRuns(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: there is no python3 here")
	}
	command := exec.CommandContext(t.Context(), python, "-B", "sample.py")
	command.Dir = filepath.Join(recipes, "django")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	// The clock of the recipe is the real one.
	lines := strings.ReplaceAll(string(out), time.Now().UTC().Format("2006")+"-", "2026-")
	if diff := cmp.Diff(wantOfRecipes, summary(t, lines)); diff != "" {
		t.Error(diff)
	}
}

// TestRecipeOfExpressRuns runs the whole recipe, where express and pino are:
// npm install express pino, and SASUMATA_RECIPE_MODULES names the node_modules.
func TestRecipeOfExpressRuns(t *testing.T) {
	modules := os.Getenv("SASUMATA_RECIPE_MODULES")
	node, err := exec.LookPath("node")
	if err != nil || modules == "" {
		t.Skip("SKIPPED: needs node, and SASUMATA_RECIPE_MODULES with the folder of express and pino")
	}
	dir := t.TempDir()
	for _, name := range []string{"app.mjs", "seclog.mjs"} {
		text, err := os.ReadFile(filepath.Join(recipes, "express", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	app := exec.CommandContext(t.Context(), node, "app.mjs")
	app.Dir, app.Env = dir, append(os.Environ(), "PORT=0")
	stderr, err := app.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := app.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Process.Kill(); _ = app.Wait() })
	address, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	ask := func(id, method, path, form string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSpace(address)+path, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "User-Agent": {"curl/8.5.0"}, "X-Request-Id": {id}, "X-Forwarded-For": {"198.51.100.66, 203.0.113.7"}}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	lines := bufio.NewReader(stdout)
	var text strings.Builder
	for _, step := range [][4]string{
		{"abc-1", "POST", "login?next=%2F&password=hunter2", "user=ann&password=hunter2"},
		{"abc-2", "POST", "login", "user=ann&password=correct+horse+battery+staple"},
		{"abc-3", "GET", "orders/7", ""},
	} {
		ask(step[0], step[1], step[2], step[3])
		for range 2 { // the event and the request
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			text.WriteString(line)
		}
	}
	got := strings.ReplaceAll(text.String(), time.Now().UTC().Format("2006")+"-", "2026-")
	if diff := cmp.Diff(wantOfRecipes, summary(t, got)); diff != "" {
		t.Error(diff)
	}
}
