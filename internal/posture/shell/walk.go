package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// script adds the commands of a script whose first line is the given one.
func (w *walker) script(text string, line, parent int, via string, depth int) {
	if len(text) > maxScript || tooNested(text) {
		w.fail("too long or too deeply nested to be parsed")
		w.guess(text, line, parent, via, depth)
		return
	}
	for _, dialect := range []syntax.LangVariant{syntax.LangBash, syntax.LangMirBSDKorn} {
		file, err := syntax.NewParser(syntax.Variant(dialect)).Parse(strings.NewReader(text), "")
		if err == nil {
			s := &scriptWalk{walker: w, text: text, line: line - 1, depth: depth}
			s.stmts(file.Stmts, place{parent: parent, via: via})
			return
		}
		if dialect == syntax.LangBash {
			w.fail(err.Error())
		}
	}
	w.guess(text, line, parent, via, depth)
}

func (w *walker) fail(why string) {
	if w.out.Error == "" {
		w.out.Error = why
	}
}

// tooNested reports whether the text could make the parser recurse without end: it
// counts what opens something, whether that is quoted or not.
func tooNested(text string) bool {
	depth, most := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(', '{', '[':
			depth++
			most = max(most, depth)
		case ')', '}', ']':
			depth = max(0, depth-1)
		}
	}
	if most > maxNesting || strings.Count(text, "`") > maxNesting {
		return true
	}
	open := 0
	for word := range strings.FieldsSeq(text) {
		switch word {
		case "if", "while", "until", "for", "case", "do", "then", "else", "elif", "!", "time", "coproc", "function":
			if open++; open > 10*maxNesting {
				return true
			}
		}
	}
	return false
}

// place is where a command stands.
type place struct {
	op     string
	pipe   int
	parent int
	via    string
}

// scriptWalk visits the tree of one script.
type scriptWalk struct {
	*walker

	text  string
	line  int // before the first line
	depth int
}

func (s *scriptWalk) stmts(list []*syntax.Stmt, p place) {
	for i, stmt := range list {
		at := p
		if i > 0 {
			at.op, at.pipe = ";", 0
		}
		if i > 0 || at.op != "&&" && at.op != "|" {
			s.list++
		}
		s.stmt(stmt, at)
	}
}

func (s *scriptWalk) stmt(stmt *syntax.Stmt, p place) {
	before := len(s.out.Commands)
	switch c := stmt.Cmd.(type) {
	case nil:
	case *syntax.CallExpr:
		s.call(stmt, c, p)
		return
	case *syntax.BinaryCmd:
		s.binary(c, p)
	case *syntax.Block:
		s.stmts(c.Stmts, p)
	case *syntax.Subshell:
		s.stmts(c.Stmts, p)
	case *syntax.IfClause:
		for ; c != nil; c = c.Else {
			s.stmts(c.Cond, p)
			s.stmts(c.Then, place{op: ";", parent: p.parent, via: p.via})
		}
	case *syntax.WhileClause:
		s.stmts(c.Cond, p)
		s.stmts(c.Do, place{op: ";", parent: p.parent, via: p.via, pipe: p.pipe})
	case *syntax.ForClause:
		s.stmts(c.Do, p)
		s.words(c, 0)
	case *syntax.CaseClause:
		for _, item := range c.Items {
			s.stmts(item.Stmts, p)
		}
	case *syntax.FuncDecl:
		s.stmt(c.Body, p)
	case *syntax.TimeClause:
		if c.Stmt != nil {
			s.stmt(c.Stmt, p)
		}
	case *syntax.CoprocClause:
		s.stmt(c.Stmt, p)
	case *syntax.DeclClause:
		s.declare(c, p)
	default: // tests and arithmetic run nothing but substitutions
		s.words(c, 0)
	}
	number := 0
	if len(s.out.Commands) > before {
		number = before + 1
	}
	s.redirects(stmt, number)
}

// binary visits both sides of && || and |.
func (s *scriptWalk) binary(c *syntax.BinaryCmd, p place) {
	right := p
	switch c.Op {
	case syntax.Pipe, syntax.PipeAll:
		if p.pipe == 0 {
			s.pipe++
			p.pipe = s.pipe
		}
		right.op, right.pipe = "|", p.pipe
	case syntax.AndStmt:
		right.op = "&&"
	default:
		right.op = "||"
	}
	s.stmt(c.X, p)
	if right.op == "||" {
		s.list++
	}
	s.stmt(c.Y, right)
}

// call adds a simple command.
func (s *scriptWalk) call(stmt *syntax.Stmt, c *syntax.CallExpr, p place) {
	cmd := Command{Line: s.line + int(c.Pos().Line()), Op: p.op, Pipe: p.pipe, Parent: p.parent, Via: p.via}
	for _, word := range c.Args {
		cmd.Argv = append(cmd.Argv, s.word(word))
	}
	for _, a := range c.Assigns {
		if a.Name != nil {
			if cmd.Env == nil {
				cmd.Env = map[string]string{}
			}
			cmd.Env[a.Name.Value] = s.word(a.Value)
		}
	}
	for _, r := range stmt.Redirs {
		if r.Word != nil && r.Hdoc == nil {
			cmd.Redirects = append(cmd.Redirects, Redirect{Op: r.Op.String(), File: s.word(r.Word)})
		}
	}
	if len(cmd.Argv)+len(cmd.Env)+len(cmd.Redirects) == 0 {
		s.redirects(stmt, 0)
		return
	}
	number := s.add(cmd, s.depth)
	s.words(c, number)
	s.redirects(stmt, number)
}

// declare adds export, local and their like as commands with variables.
func (s *scriptWalk) declare(c *syntax.DeclClause, p place) {
	cmd := Command{Argv: []string{c.Variant.Value}, Line: s.line + int(c.Pos().Line()), Op: p.op, Pipe: p.pipe, Parent: p.parent, Via: p.via, Env: map[string]string{}}
	for _, a := range c.Args {
		if a.Name != nil {
			cmd.Env[a.Name.Value] = s.word(a.Value)
		}
	}
	s.words(c, s.add(cmd, s.depth))
}

// redirects visits the files of a statement: a here-document of a shell, or of
// nothing, is a script.
func (s *scriptWalk) redirects(stmt *syntax.Stmt, number int) {
	for _, r := range stmt.Redirs {
		if r.Word != nil {
			s.words(r.Word, number)
		}
		if r.Hdoc == nil {
			continue
		}
		runs := stmt.Cmd == nil
		if c, ok := stmt.Cmd.(*syntax.CallExpr); ok {
			runs = len(c.Args) == 0 || len(c.Args) <= 2 && isShell(s.word(c.Args[0]))
		}
		if runs && s.depth < maxDepth {
			body := strings.TrimSuffix(s.source(r.Hdoc), s.word(r.Word)) // the parser counts the end in
			s.script(body, s.line+int(r.Hdoc.Pos().Line()), number, "script", s.depth+1)
		}
	}
}

func isShell(name string) bool {
	switch name[strings.LastIndexByte(name, '/')+1:] {
	case "sh", "bash", "ash", "dash", "zsh", "ksh":
		return true
	default:
		return false
	}
}

// words visits the substitutions in the words of a command.
func (s *scriptWalk) words(node syntax.Node, parent int) {
	syntax.Walk(node, func(n syntax.Node) bool {
		var list []*syntax.Stmt
		switch n := n.(type) {
		case *syntax.CmdSubst:
			list = n.Stmts
		case *syntax.ProcSubst:
			list = n.Stmts
		case *syntax.Stmt: // of loops: visited by itself
			return false
		default:
			return true
		}
		s.stmts(list, place{parent: parent, via: "substitution"})
		return false
	})
}

// word returns a word as the program gets it, but with what the shell would put in as
// it is written.
func (s *scriptWalk) word(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	var out strings.Builder
	for _, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.Lit:
			out.WriteString(unescape(p.Value, ""))
		case *syntax.SglQuoted:
			out.WriteString(p.Value)
		case *syntax.DblQuoted:
			for _, q := range p.Parts {
				if lit, ok := q.(*syntax.Lit); ok {
					out.WriteString(unescape(lit.Value, "$`\"\\\n"))
				} else {
					out.WriteString(s.source(q))
				}
			}
		default:
			out.WriteString(s.source(p))
		}
	}
	return out.String()
}

// source returns the text of a node.
func (s *scriptWalk) source(n syntax.Node) string {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if from < 0 || to > len(s.text) || from > to {
		return ""
	}
	return s.text[from:to]
}

// unescape removes backslashes: those before one of the characters, or all.
func unescape(text, only string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && (only == "" || strings.IndexByte(only, text[i+1]) >= 0) {
			if i++; text[i] == '\n' {
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// guess splits what is no shell at line ends, ;, && and |, and words at blanks.
func (w *walker) guess(text string, line, parent int, via string, depth int) {
	var argv []string
	op := ""
	flush := func(next string) {
		c := Command{Line: line, Op: op, Parent: parent, Via: via}
		for len(argv) > 0 {
			name, value, ok := strings.Cut(argv[0], "=")
			if !ok || !syntax.ValidName(name) {
				break
			}
			if c.Env == nil {
				c.Env = map[string]string{}
			}
			c.Env[name], argv = strings.Trim(value, `"'`), argv[1:]
		}
		if c.Argv = argv; len(argv)+len(c.Env) > 0 {
			w.list++
			w.add(c, depth)
		}
		argv, op = nil, next
	}
	for row := range strings.SplitSeq(text, "\n") {
		row, goesOn := strings.CutSuffix(strings.TrimRight(row, " \t\r"), `\`)
		for {
			at := strings.IndexAny(row, ";&|")
			piece := row
			if at >= 0 {
				piece = row[:at]
			}
			for word := range strings.FieldsSeq(piece) {
				argv = append(argv, strings.Trim(word, `"'`))
			}
			if at < 0 {
				break
			}
			n := 1
			if at+1 < len(row) && row[at+1] == row[at] {
				n = 2
			}
			flush(row[at : at+n])
			row = row[at+n:]
		}
		if !goesOn {
			flush(";")
		}
		line++
	}
	flush("")
}
