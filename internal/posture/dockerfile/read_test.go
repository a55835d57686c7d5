package dockerfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/posture/dockerfile"
	"github.com/sasumata/sasumata/test/conformance"
)

func read(t *testing.T, text string) *dockerfile.Document {
	t.Helper()
	d, err := dockerfile.Read("Dockerfile", []byte(text), dockerfile.Ignore{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// commands writes the commands of all instructions as "line words".
func commands(d *dockerfile.Document) (out []string) {
	for _, in := range d.Instructions {
		for _, c := range in.Commands {
			out = append(out, fmt.Sprintf("%d %s", c.Line, strings.Join(c.Argv, " ")))
		}
	}
	return out
}

func TestCommands(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, commands(read(t, text))); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
	f("FROM a\nRUN a && b\nCMD c", "2 a", "2 b", "3 c")
	f("RUN a \\\n  # comment\n  && b \\\n\n  c\nRUN d", "1 a", "3 b c", "6 d")
	f("RUN --mount=type=cache,target=/x \\\n  --network=none a \\  \n  b", "2 a b")
	f("RUN [\"sudo\", \"apt-get\", \"update\"]", "1 sudo apt-get update", "1 apt-get update")
	f("RUN <<EOF\n# comment\na\nb\nEOF\nRUN c", "3 a", "4 b", "6 c")
	f("RUN <<-\"EOF\" bash\n\ta\n\tEOF", "1 bash", "2 a")
	f("RUN cat <<EOF > /x && b\na\nEOF", "1 cat", "1 b")
	f("ONBUILD RUN a \\\n && b", "1 a", "2 b")
	f("HEALTHCHECK --interval=5s CMD curl -f x || exit 1", "1 curl -f x", "1 exit 1")
	f("FROM a\nSHELL [\"powershell\", \"-Command\"]\nRUN Get-Item x | y", nil...)
	f("# escape=`\nRUN a `\n && b", "2 a", "3 b")
	f("FROM a AS b\nSHELL [\"pwsh\"]\nFROM b\nRUN a", nil...)
	f("RUN a\r\nRUN b \\\r\n c\r\n", "1 a", "2 b c")
}

func TestDocument(t *testing.T) {
	d := read(t, `ARG VERSION=1.2
ARG BASE=registry.example.com:5000/a/b
FROM --platform=linux/amd64 ${BASE}:${VERSION} AS Build
ENV A=1 B="two words"
ENV OLD style value
LABEL "a b"="c"
COPY --from=build --chown=1:1 ["x y", "z/"]
ONBUILD ADD a b
FROM build
FROM scratch@sha256:abc
ARG X
FROM img:${TAG:-3}
FROM $UNSET:1`)
	type image struct {
		registry, name, tag, digest string
		variable                    bool
		parent                      int
	}
	var got []image
	for _, s := range d.Stages {
		got = append(got, image{s.Image.Registry, s.Image.Name, s.Image.Tag, s.Image.Digest, s.Image.Variable, s.Parent})
	}
	want := []image{
		{"registry.example.com:5000", "registry.example.com:5000/a/b", "1.2", "", false, -1},
		{"docker.io", "build", "", "", false, 0},
		{"docker.io", "scratch", "", "sha256:abc", false, -1},
		{"docker.io", "img", "3", "", false, -1},
		{"docker.io", "$UNSET", "1", "", true, -1},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(image{})); diff != "" {
		t.Error(diff)
	}
	if d.Stages[0].Name != "build" || d.Stages[0].Platform != "linux/amd64" || !d.Stages[4].Last || d.Stages[0].Final {
		t.Errorf("%+v", d.Stages)
	}
	if diff := cmp.Diff([]dockerfile.Pair{{"A", "1", true}, {"B", "two words", true}}, d.Instructions[3].Pairs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]dockerfile.Pair{{"OLD", "style value", true}}, d.Instructions[4].Pairs); diff != "" {
		t.Error(diff)
	}
	c := d.Instructions[6]
	if c.Target != "z/" || len(c.Sources) != 1 || c.Sources[0] != "x y" || c.Flags["from"][0] != "build" || !c.JSON {
		t.Errorf("%+v", c)
	}
	if o := d.Instructions[7]; !o.OnBuild || o.Cmd != "add" || o.Target != "b" {
		t.Errorf("%+v", o)
	}
}

func TestErrors(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := dockerfile.Read("d", []byte(text), dockerfile.Ignore{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
	f("", "no instructions")
	f("FROM a\nRUM b", `d:2: unknown instruction "RUM" (did you mean RUN?)`)
	f("FROM a\n\nENV a", "d:3: ")
	f("FROM a\nRUN <<EOF\na", "d:2: unterminated heredoc")
	f("FROM a\x00", "d:1: a byte of value 0")
	f("FROM a\nRUN "+strings.Repeat("x", 70_000), "line greater")
	f(strings.Repeat("RUN a\n", 3000), "d:2001: more than")
	f(strings.Repeat("#", 2<<20), "larger than")
	f(strings.Repeat("ONBUILD \\\n", 10_000)+"RUN a", "ONBUILD")
	f("FROM a\n"+strings.Repeat("RUN "+strings.Repeat("a;", 4000)+"\n", 9), "more commands")
}

// TestHostile holds that no file takes long.
func TestHostile(t *testing.T) {
	for _, piece := range []string{"ENV a=b\n", "RUN a \\\n", "# x\n", "FROM a\n", "FROM a AS a\n", "RUN <<A\nA\n", "COPY a b\n", "ARG a=$a$a\n", "\n", "LABEL a=\"\\\n", "SHELL [\"a\"]\n", "FROM ${a:-${a:-\n"} {
		start := time.Now()
		_, err := dockerfile.Read("d", []byte(strings.Repeat(piece, dockerfile.MaxBytes/len(piece))), dockerfile.Ignore{})
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%q: %v, %v", piece, took, err)
		}
	}
}

// TestSourceAndParserAgree holds that scripts taken from the file run what those of
// BuildKit's parser do.
func TestSourceAndParserAgree(t *testing.T) {
	files, err := filepath.Glob(conformance.Dir(t, "policy", "dockerfile") + "/*/*/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	read := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := dockerfile.Read(name, data, dockerfile.Ignore{})
		if err != nil {
			t.Log(err)
			continue
		}
		read++
		for _, in := range d.Instructions {
			if in.Guessed != "" {
				t.Logf("%s:%d: %s", filepath.Base(name), in.Line, in.Guessed)
			}
			for _, c := range in.Commands {
				if c.Line < in.Line || c.Line > in.EndLine {
					t.Errorf("%s:%d: command on line %d", name, in.Line, c.Line)
				}
			}
		}
	}
	if read*100 < 97*len(files) {
		t.Errorf("%d of %d files could be read", read, len(files))
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"FROM a\nRUN b", "FROM a AS b\nCOPY --from=b x y\nENV a=\"b\"", "# escape=`\nRUN <<E\na\nE", "ONBUILD RUN [\"a\"]", "ARG A=1\nFROM ${A:-b}@x:y", "HEALTHCHECK CMD a", "SHELL []\nRUN a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := dockerfile.Read("d", data, dockerfile.Ignore{})
		if err != nil {
			return
		}
		for _, in := range d.Instructions {
			if in.Line < 1 || in.Stage >= len(d.Stages) {
				t.Fatalf("%+v", in)
			}
			for _, c := range in.Commands {
				if c.Line < in.Line || c.Line > in.EndLine {
					t.Fatalf("%+v in %+v", c, in)
				}
			}
		}
	})
}
