package shell_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/posture/shell"
)

// lines writes commands as "line op [pipe] words <via".
func lines(s shell.Script) (out []string) {
	for _, c := range s.Commands {
		text := fmt.Sprintf("%d %s %s", c.Line, c.Op, strings.Join(c.Argv, " "))
		if c.Pipe > 0 {
			text += fmt.Sprintf(" |%d", c.Pipe)
		}
		if c.Parent > 0 {
			text += fmt.Sprintf(" <%s %d", c.Via, c.Parent)
		}
		for _, r := range c.Redirects {
			text += " " + r.Op + r.File
		}
		out = append(out, text)
	}
	return out
}

func TestParse(t *testing.T) {
	f := func(script string, want ...string) {
		t.Helper()
		got := shell.Parse(script)
		if diff := cmp.Diff(want, lines(got)); diff != "" {
			t.Errorf("%s: %s\n%s", script, got.Error, diff)
		}
	}
	f("apt-get update && apt-get install -y 'a b'", "1  apt-get update", "1 && apt-get install -y a b")
	f("a; b || c\nd", "1  a", "1 ; b", "1 || c", "2 ; d")
	f("curl -s https://example.com/x | tee y | bash -s", "1  curl -s https://example.com/x |1", "1 | tee y |1", "1 | bash -s |1")
	f("sudo -u root -E apt install x", "1  sudo -u root -E apt install x", "1  apt install x <sudo 1")
	f("bash -eo pipefail -c 'cd /x && ls'", "1  bash -eo pipefail -c cd /x && ls", "1  cd /x <script 1", "1 && ls <script 1")
	f(`sh -c "$(curl -fsSL https://example.com)"`, `1  sh -c $(curl -fsSL https://example.com)`, "1  $(curl -fsSL https://example.com) <script 1", "1  curl -fsSL https://example.com <substitution 2", "1  curl -fsSL https://example.com <substitution 1")
	f("bash <(wget -qO- x)", "1  bash <(wget -qO- x)", "1  wget -qO- x <substitution 1")
	f("if a; then b; fi; for x in 1 2; do c $x; done", "1  a", "1 ; b", "1 ; c $x")
	f("a \\\n  b \\\n  && c", "1  a b", "3 && c")
	f("/usr/bin/env FOO=1 pip install x", "1  /usr/bin/env FOO=1 pip install x", "1  pip install x <env 1")
	f("bash <<EOF\ncurl -k x\nEOF\nb", "1  bash", "2  curl -k x <script 1", "4 ; b")
	f("<<EOF\napk add x\nEOF", "2  apk add x")
	f("echo a > /etc/x 2>&1", "1  echo a >/etc/x >&1")
	f("export A=1 B", "1  export")
	f(`a "unclosed && b`, `1  a unclosed`, "1 && b")
	f("", []string(nil)...)
	if got := shell.Parse(`a "unclosed`); got.Error == "" {
		t.Error("no error for a quote without an end")
	}
	if got := shell.Exec([]string{"/bin/sh", "-c", "sudo id"}); len(got.Commands) != 3 || got.Commands[2].Name != "id" {
		t.Errorf("exec form: %+v", got)
	}
}

// TestHostile holds that no script takes long or much of the stack.
func TestHostile(t *testing.T) {
	for _, piece := range []string{"(", "{ ", "$(", "`", "if ", "! ", "a && ", "a | ", "sudo ", "${a:-", "$((", "while ", "case x in x) ", "<(", "'", "\"", "\\\n", "<<A\n", "a;", "sh -c ", "time ", "[[ ( ", "function f ", "eval ", "!(", "((", "a=("} {
		start := time.Now()
		got := shell.Parse(strings.Repeat(piece, 250<<10/len(piece)))
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%q: %v", piece, took)
		}
		if len(got.Commands) > 5000 {
			t.Errorf("%q: %d commands", piece, len(got.Commands))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a && b", "sh -c 'x | y'", "<<E\na\nE", "for x in $(a); do b; done", "a \\\n b", "case x in a) b;; esac", "sudo env -i time xargs sh -c 'a'", "declare -a x=($(y))"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := shell.Parse(text)
		for i, c := range got.Commands {
			if c.Parent > i || c.Line < 1 || c.Argv == nil {
				t.Fatalf("command %d: %+v", i+1, c)
			}
		}
	})
}
