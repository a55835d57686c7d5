// Package shell takes the scripts of Dockerfiles and containers apart into the commands
// that they run. It is the door to the parser of mvdan.cc/sh.
package shell

import (
	"path"
	"strings"
)

// Limits of one script. What goes beyond them is split at separators only, without
// looking into quotes and blocks.
const (
	// maxScript is the length of a script in bytes.
	maxScript = 256 << 10
	// maxNesting is how deep blocks and substitutions may lie in each other.
	maxNesting = 100
	// maxCommands is how many commands a script may have; others are left out, and
	// Script.Cut says so.
	maxCommands = 5_000
	// maxDepth is how deep scripts may lie in arguments: sh -c "sh -c …".
	maxDepth = 3
)

// Script is what a script runs.
type Script struct {
	// Commands are all simple commands in the order of the text, with those in
	// substitutions, blocks, and arguments of sh -c and sudo.
	Commands []Command `json:"commands"`
	// Error says why the script could not be parsed; Commands are a guess then.
	Error string `json:"error,omitempty"`
	// Cut says that there are more commands than are listed.
	Cut bool `json:"cut,omitempty"`
}

// Command is one simple command.
type Command struct {
	// Name is the program without its folder.
	Name string `json:"name"`
	// Argv are its words, the program first: without quotes, with $VARIABLES as they
	// stand there.
	Argv []string `json:"argv"`
	// Env are the variables that are set for it alone; without words, for the script.
	Env map[string]string `json:"env,omitempty"`
	// Line counts from 1 at the start of the script.
	Line int `json:"line"`
	// Op is what stands before it: "", "&&", "||", ";" or "|".
	Op string `json:"op"`
	// Pipe is the number of the pipeline that it is part of, from 1; 0 is none.
	Pipe int `json:"pipe,omitempty"`
	// List is the number of the list of commands joined by && that it is part of.
	List int `json:"list"`
	// Parent is the number of the command in whose words it stands, from 1; 0 is none.
	Parent int `json:"parent,omitempty"`
	// Via says how it gets there: "substitution", "script" (sh -c), or the name of the
	// program that runs it (sudo).
	Via string `json:"via,omitempty"`
	// Redirects are its files.
	Redirects []Redirect `json:"redirects,omitempty"`
}

// Redirect is one file of a command.
type Redirect struct {
	Op   string `json:"op"`
	File string `json:"file"`
}

// Parse takes a script apart. It never fails: what is no shell is split at separators.
func Parse(script string) Script {
	var w walker
	w.script(script, 1, 0, "", 0)
	return w.out
}

// Exec returns what the words of an exec form run.
func Exec(argv []string) Script {
	var w walker
	if len(argv) > 0 {
		w.list++
		w.add(Command{Argv: argv, Line: 1}, 0)
	}
	return w.out
}

// walker collects commands.
type walker struct {
	out        Script
	pipe, list int
}

// add adds a command, and those that its words run. The depth counts scripts in words.
func (w *walker) add(c Command, depth int) (number int) {
	if len(w.out.Commands) >= maxCommands {
		w.out.Cut = true
		return 0
	}
	if len(c.Argv) > 0 {
		c.Name = path.Base(strings.ReplaceAll(c.Argv[0], `\`, "/"))
	} else {
		c.Argv = []string{}
	}
	c.List = w.list
	w.out.Commands = append(w.out.Commands, c)
	number = len(w.out.Commands)
	if depth < maxDepth && len(c.Argv) > 0 {
		w.inner(c, number, depth+1)
	}
	return number
}

// inner adds what the words of a command run.
func (w *walker) inner(c Command, number, depth int) {
	switch c.Name {
	case "sh", "bash", "ash", "dash", "zsh", "ksh":
		if script, ok := shellScript(c.Argv[1:]); ok {
			w.script(script, c.Line, number, "script", depth)
		}
	case "eval":
		w.script(strings.Join(c.Argv[1:], " "), c.Line, number, "script", depth)
	default:
		if rest := wrapped(c.Name, c.Argv[1:]); len(rest) > 0 {
			w.add(Command{Argv: rest, Line: c.Line, Op: c.Op, Pipe: c.Pipe, Parent: number, Via: c.Name}, depth)
		}
	}
}

// shellScript returns the script among the words of a shell: sh -eo pipefail -c SCRIPT.
func shellScript(args []string) (script string, ok bool) {
	inline := false
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case len(a) < 2 || a[0] != '-' && a[0] != '+':
			return a, inline
		case a[0] == '-' && a[1] != '-' && strings.Contains(a, "c"):
			inline = true
		}
		if a[1] != '-' && (strings.HasSuffix(a, "o") || strings.HasSuffix(a, "O")) {
			i++ // the option's name
		}
	}
	return "", false
}

// wrapped returns the command among the words of a program that runs it; nil when the
// program does not.
func wrapped(name string, args []string) []string {
	values, operands := "", 0 // options with values in words of their own; words before the command
	switch name {
	case "sudo", "doas":
		values = "ugCDhpRrtTU"
	case "env":
		values = "uCS"
	case "nice", "ionice":
		values = "ncp"
	case "timeout":
		values, operands = "ks", 1
	case "xargs":
		values = "aEIiLlnPsd"
	case "chroot", "gosu", "su-exec":
		operands = 1
	case "stdbuf":
		values = "ioe"
	case "exec":
		values = "a"
	case "time", "command", "nohup", "eatmydata", "builtin":
	default:
		return nil
	}
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			return args[min(i+1+operands, len(args)):]
		case len(a) == 2 && a[0] == '-' && strings.ContainsRune(values, rune(a[1])):
			i++
		case strings.HasPrefix(a, "-") || (name == "sudo" || name == "env") && strings.Contains(a, "="):
		case operands > 0:
			operands--
		default:
			return args[i:]
		}
	}
	return nil
}
