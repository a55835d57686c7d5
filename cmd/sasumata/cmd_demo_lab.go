package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/demo/lab"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
)

// learningLab is demo --lab: four steps over the logs of a small shop, each with something
// to look at and a threshold to change. All numbers are those of runs over these files.
type learningLab struct {
	streams

	labBench
	t     lab.Texts
	level string
	step  int // the only one to do; 0 is all, on new logs
}

// logFiles are the files that package seclog writes, as the lab lists them.
func logFiles() [4]string { return [4]string{"access.log", "security.log", "error.log", "alert.log"} }

func (l *learningLab) run(ctx context.Context, dir string) (err error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level)); err != nil || level > slog.LevelError {
		return usageError(fmt.Errorf("--level %q, want debug, info, warn or error", l.level))
	}
	if l.step != 0 && (l.step < 2 || l.step > len(l.t.Titles) || dir == "") {
		return usageError(errors.New("--step wants 2, 3 or 4, and --dir with what an earlier run left"))
	}
	kept := dir != ""
	if !kept {
		if dir, err = os.MkdirTemp("", "sasumata-lab-"); err != nil {
			return runError(err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if l.dir, err = filepath.Abs(dir); err != nil {
		return usageError(err)
	}
	if err := l.prepare(ctx, level); err != nil {
		return err
	}
	for i, step := range []func(context.Context) error{l.logging, l.detection, l.alerting, l.together} {
		if l.step != 0 && l.step != i+1 {
			continue
		}
		fmt.Fprintf(l.out, "\n━━ "+l.t.StepF+"\n", i+1, l.t.Titles[i])
		l.indent(l.t.Intros[i] + "\n")
		if err := step(ctx); err != nil {
			return runError(err)
		}
		if l.step == 0 && i < 3 {
			if err := l.enter(ctx); err != nil {
				return runError(err)
			}
		}
	}
	if kept {
		_, err = fmt.Fprintf(l.out, "\n"+l.t.KeptF+"\n", l.dir)
	} else {
		_, err = fmt.Fprintf(l.out, "\n%s\n      sasumata demo --lab --dir sasumata-lab\n", l.t.Gone)
	}
	return runError(err)
}

// prepare writes the logs and what else the steps need; with a step of its own it takes
// what is there.
func (l *learningLab) prepare(ctx context.Context, level slog.Level) error {
	if l.step != 0 {
		_, err := os.Stat(l.path("logs", "access.log"))
		return usageError(err)
	}
	if entries, err := os.ReadDir(l.dir); err == nil && len(entries) > 0 {
		return usageError(fmt.Errorf("--dir %s is not empty: name a new folder, or use --step to go on with what is there", l.dir))
	}
	return runError(errors.Join(lab.Write(ctx, l.path("logs"), level), l.files()))
}

// logging is step 1: what the shop wrote.
func (l *learningLab) logging(ctx context.Context) error {
	l.indent(l.t.Lines)
	for i, name := range logFiles() {
		n, err := countLines(l.path("logs", name))
		if err != nil {
			return err
		}
		l.indent(fmt.Sprintf("%-12s  %4d  %s", name, n, l.t.Files[i]))
	}
	failed, err := lineWith(l.path("logs", "security.log"), "login failed")
	if err != nil {
		return err
	}
	if failed != "" { // the level is low enough
		l.look(l.t.LookLog, l.path("logs", "security.log"))
		l.indent("   " + report.Safe(failed))
	}
	var numbers []any
	for _, level := range []slog.Level{slog.LevelInfo, slog.LevelWarn} {
		dir := l.path("levels", strings.ToLower(level.String()))
		if err := lab.Write(ctx, dir, level); err != nil {
			return err
		}
		run, err := l.analyze(ctx, dir, "")
		if err != nil {
			return err
		}
		numbers = append(numbers, run.lines, len(run.signals))
	}
	l.change(fmt.Sprintf(l.t.ChangeLevelF, numbers...), "sasumata demo --lab --level warn --dir "+shell(l.dir+"-warn"))
	return nil
}

// detection is step 2: which rules fired, and why.
func (l *learningLab) detection(ctx context.Context) error {
	plain, err := l.analyze(ctx, l.path("logs"), "")
	if err != nil {
		return err
	}
	l.indent(fmt.Sprintf(l.t.SignalsF, plain.lines, len(plain.signals)))
	others := 0
	for _, s := range plain.signals {
		if s.Severity < signal.Medium {
			others++
			continue
		}
		l.signal(s)
	}
	l.indent(fmt.Sprintf(l.t.OthersF, others))
	own, err := l.analyze(ctx, l.path("logs"), l.path("rules"))
	if err != nil {
		return err
	}
	failures, err := l.failures()
	if err != nil {
		return err
	}
	l.look(l.t.LookRule, l.path("rules", labRule+".yaml"))
	l.change(fmt.Sprintf(l.t.ChangeRuleF, labRule, len(plain.signals), failures, len(own.signals)),
		fmt.Sprintf("sasumata analyze --blocklist %s --rules %s %s/*.log", shell(l.path("blocklist.txt")), shell(l.path("rules")), shell(l.path("logs"))))
	before := map[string]bool{}
	for _, s := range plain.signals {
		before[s.RuleID+"\x00"+s.Entity()] = true
	}
	said := false
	for _, s := range own.signals {
		if !before[s.RuleID+"\x00"+s.Entity()] {
			if !said {
				l.indent(l.t.More)
			}
			said = true
			l.signal(s)
		}
	}
	return nil
}

// alerting is step 3: who is told of what, and what is held back.
func (l *learningLab) alerting(ctx context.Context) error {
	_, alerts, told, err := l.routed(ctx)
	if err != nil {
		return err
	}
	for i := range told.list {
		l.told(&told.list[i], "")
	}
	low, single := 0, len(told.list)-told.gathered
	for i := range alerts {
		if alerts[i].severity < told.from {
			low++
		}
	}
	l.indent(fmt.Sprintf(l.t.HeldF, len(alerts), single, len(alerts)-low-single, brief(told.suppress), low))
	const shorter = time.Minute
	usual, err := l.notices(alert.DefaultSuppress)
	if err != nil {
		return err
	}
	more, err := l.notices(shorter)
	if err != nil {
		return err
	}
	l.look(l.t.LookAlerts, l.path("alerts.jsonl"))
	l.change(fmt.Sprintf(l.t.ChangeSuppressF, brief(alert.DefaultSuppress), usual, brief(shorter), more),
		fmt.Sprintf("sasumata notify simulate --suppress %s < %s | wc -l", brief(shorter), shell(l.path("alerts.jsonl"))))
	return nil
}

// together is step 4: everything, and what would be done.
func (l *learningLab) together(ctx context.Context) error {
	run, _, told, err := l.routed(ctx)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(l.path("sasumata.yaml"))
	if err != nil {
		return err
	}
	blocked, would, err := l.respond(string(text), run.findings)
	if err != nil {
		return err
	}
	for i := range told.list {
		l.told(&told.list[i], would[told.list[i].change])
	}
	l.indent(fmt.Sprintf(l.t.SumF, run.lines, len(run.signals), len(told.list), len(blocked)))
	l.look(l.t.LookConfig, l.path("sasumata.yaml"))
	stricter := strings.Replace(string(text), labSeverity, labStricter, 1)
	if stricter == string(text) {
		return nil // somebody changed it already
	}
	fewer, _, err := l.respond(stricter, run.findings)
	if err != nil {
		return err
	}
	l.change(fmt.Sprintf(l.t.ChangePolicyF, labSeverity, len(blocked), labStricter, len(fewer)),
		fmt.Sprintf("sed -i.old 's/%s/%s/' %s", strings.NewReplacer("[", `\[`, "]", `\]`).Replace(labSeverity), labStricter, shell(l.path("sasumata.yaml"))),
		"sasumata demo --lab --step 4 --dir "+shell(l.dir))
	return nil
}

// indent writes lines below the heading of a step.
func (l *learningLab) indent(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintln(l.out, strings.TrimRight("   "+line, " "))
	}
}

func (l *learningLab) look(what, file string) {
	l.indent(fmt.Sprintf("\n%s: %s\n   %s", l.t.Look, what, file))
}

func (l *learningLab) change(what string, commands ...string) {
	l.indent(fmt.Sprintf("\n%s: %s\n   %s", l.t.Change, what, strings.Join(commands, "\n   ")))
}

// signal writes a signal in two lines: what it is, and why it opened.
func (l *learningLab) signal(s *signal.Signal) {
	name := s.Rule
	if l.lang == "ja" && s.RuleJA != "" {
		name = s.RuleJA
	}
	var counts []string
	for _, q := range s.Queries {
		if q.Count != 0 {
			counts = append(counts, fmt.Sprintf("%s=%g", q.Name, q.Count))
		}
	}
	l.indent(fmt.Sprintf("%-8s  %-14s  %s", strings.ToUpper(s.Severity.String()), report.Safe(s.Entity()), name))
	l.indent(fmt.Sprintf("%-8s  %-14s  %s · %s · %s", "", "", s.RuleID, s.Case, strings.Join(counts, ", ")))
}

// told writes who is told of something, and what would be done about it.
func (l *learningLab) told(n *labNotice, would string) {
	l.indent(fmt.Sprintf("%s  %-8s  %-14s  %-27s  %s %s", n.at.Format("15:04:05"), strings.ToUpper(n.severity.String()), report.Safe(n.entity), n.rule, l.t.Told, strings.Join(n.targets, ", ")))
	if would != "" {
		l.indent(strings.Repeat(" ", 10) + "→ " + would)
	}
}

// enter waits for the key, if somebody sits there.
func (l *learningLab) enter(ctx context.Context) error {
	if !isTerminal(l.in) || !isTerminal(l.out) {
		return nil
	}
	fmt.Fprint(l.out, "\n   "+l.t.Enter)
	pressed := make(chan error, 1)
	go func() { // left behind when the command is interrupted: nothing breaks off the read
		_, err := bufio.NewReaderSize(l.in, 16).ReadString('\n')
		pressed <- err
	}()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case err := <-pressed:
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
}

// brief writes a duration without what is 0 at its end.
func brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func countLines(path string) (int, error) {
	text, err := os.ReadFile(path)
	return bytes.Count(text, []byte("\n")), err
}

// lineWith returns the first line of a file that holds the text.
func lineWith(path, text string) (string, error) {
	all, err := os.ReadFile(path)
	for line := range strings.Lines(string(all)) {
		if strings.Contains(line, text) {
			return strings.TrimSpace(line), err
		}
	}
	return "", err
}

// shell quotes a path for a shell if need be.
func shell(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool {
		return !strings.ContainsRune("/._-+:@%", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
