package falco

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// attribute returns the attribute of the sensor's events that a field of Falco is; "" for
// those that are more than a name, and for those that the sensor does not see.
func attribute(field string) string {
	switch field {
	case "proc.name", "proc.aname[0]":
		return "process.name"
	case "proc.exe":
		return "process.exe"
	case "proc.exepath":
		return "process.executable"
	case "proc.cmdline", "proc.args":
		return "process.command_line"
	case "proc.pname", "proc.aname[1]":
		return "process.parent.name"
	case "proc.pexepath":
		return "process.parent.executable"
	case "proc.pcmdline":
		return "process.parent.command_line"
	case "proc.aname":
		return "process.ancestors"
	case "proc.cwd":
		return "process.working_directory"
	case "proc.pid":
		return "process.pid"
	case "proc.vpid":
		return "process.vpid"
	case "proc.ppid":
		return "process.ppid"
	case "user.name":
		return "usr.name"
	case "user.uid":
		return "usr.id"
	case "user.loginuid":
		return "process.loginuid"
	case "container.name":
		return "container.name"
	case "container.image":
		return "container.image"
	case "fd.filename":
		return "file.name"
	case "fd.sip", "fd.rip":
		return "network.destination.ip"
	case "fd.sport", "fd.rport":
		return "network.destination.port"
	case "fd.cip", "fd.lip":
		return "network.client.ip"
	case "fd.cport", "fd.lport":
		return "network.client.port"
	case "fd.l4proto":
		return "network.transport"
	}
	return ""
}

// kindOf returns the event of the sensor that a system call is; "" for none.
func kindOf(call string) string {
	switch call {
	case "execve", "execveat":
		return "exec"
	case "procexit":
		return "exit"
	case "connect":
		return "connect"
	case "open", "openat", "openat2", "creat", "open_by_handle_at":
		return "open"
	case "ptrace":
		return "ptrace"
	case "init_module", "finit_module":
		return "module"
	case "setns":
		return "setns"
	case "unshare":
		return "unshare"
	}
	return ""
}

// translator says tests in the search language.
type translator struct{ notes []string }

func (t *translator) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(t.notes, text) {
		t.notes = append(t.notes, text)
	}
}

// clause is a test in the search language.
func clause(format string, args ...any) *node {
	return &node{op: test, field: fmt.Sprintf(format, args...)}
}

func truth(is bool) *node {
	if is {
		return &node{op: yes}
	}
	return &node{op: no}
}

func negate(n *node) *node { return &node{op: not, args: []*node{n}} }

func anyOf(all ...*node) *node { return &node{op: or, args: all} }

// tree translates the tests of a condition.
func (t *translator) tree(n *node) (*node, error) {
	if n.op == test {
		return t.test(n)
	}
	out := &node{op: n.op}
	for _, arg := range n.args {
		one, err := t.tree(arg)
		if err != nil {
			return nil, err
		}
		out.args = append(out.args, one)
	}
	return out, nil
}

func (t *translator) test(n *node) (*node, error) {
	if n.how == "!=" { // what is not there is not another value
		equal := *n
		equal.how = "="
		one, err := t.test(&equal)
		if err != nil {
			return nil, err
		}
		if name := attribute(n.field); name != "" && n.values[0] != "" {
			return &node{op: and, args: []*node{clause("@%s:*", name), negate(one)}}, nil
		}
		return negate(one), nil
	}
	if one, err := t.special(n); one != nil || err != nil {
		return one, err
	}
	name := attribute(n.field)
	if name == "" {
		return nil, fmt.Errorf("%s: the sensor does not see it", n.field)
	}
	if n.field == "proc.args" && n.how != "contains" && n.how != "endswith" {
		return nil, fmt.Errorf("proc.args %s: the sensor has the whole command line", n.how)
	}
	if n.field == "proc.cwd" { // Falco's ends with a slash
		for i, v := range n.values {
			if v != "/" && n.how == "=" {
				n.values[i] = strings.TrimSuffix(v, "/")
			}
		}
	}
	return compare(name, n.how, n.values)
}

// compare says how the values of an attribute have to be.
func compare(name, how string, values []string) (*node, error) {
	switch how {
	case "exists":
		return clause("@%s:*", name), nil
	case "<", "<=", ">", ">=":
		if _, err := strconv.ParseFloat(values[0], 64); err != nil {
			return nil, fmt.Errorf("%s %s: want a number, have %q", name, how, values[0])
		}
		return clause("@%s:%s%s", name, how, values[0]), nil
	}
	if len(values) == 0 {
		return truth(false), nil
	}
	var words, under []string
	empty := false
	for _, v := range values {
		switch {
		case v == "" && slices.Contains([]string{"=", "in", "intersects"}, how):
			empty = true
		case v == "":
			return nil, fmt.Errorf("%s %s: nothing stands there", name, how)
		case how == "contains":
			words = append(words, "*"+escape(v)+"*")
		case how == "startswith":
			words = append(words, escape(v)+"*")
		case how == "endswith":
			words = append(words, "*"+escape(v))
		case how == "glob" || how == "pmatch":
			if strings.ContainsAny(v, "[]") {
				return nil, fmt.Errorf("%s %s %q: the search language has no classes of characters", name, how, v)
			}
			word := strings.NewReplacer(`\*`, "*", `\?`, "?").Replace(escape(v))
			words = append(words, word)
			if how == "pmatch" {
				under = append(under, strings.TrimSuffix(word, `\/`)+`\/*`)
			}
		case how == "=" || how == "in" || how == "intersects":
			words = append(words, escape(v))
		default:
			return nil, fmt.Errorf("%s: the search language has no %s", name, how)
		}
	}
	words = append(words, under...)
	var out []*node
	switch len(words) {
	case 0:
	case 1:
		out = append(out, clause("@%s:%s", name, words[0]))
	default:
		out = append(out, clause("@%s:(%s)", name, strings.Join(words, " OR ")))
	}
	if empty {
		out = append(out, negate(clause("@%s:*", name)))
	}
	return anyOf(out...), nil
}

// escape puts a backslash before what the search language reads as syntax.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < ' ' {
			r = '?'
			b.WriteRune(r)
			continue
		}
		if strings.ContainsRune(`" \:()[]{}<>=!&|*?~^/,+-@#`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// special translates the fields that are more than a name; nil for others.
func (t *translator) special(n *node) (*node, error) {
	first := ""
	if len(n.values) > 0 {
		first = n.values[0]
	}
	equals := func(all ...string) bool { return n.how == "=" && slices.Contains(all, first) }
	switch n.field {
	case "evt.type", "syscall.type":
		return t.calls(n)
	case "evt.dir":
		return truth(true), nil
	case "evt.num": // what Falco's files write for never and for always
		if n.how == "=" {
			return truth(first != "0"), nil
		}
		return truth(true), nil
	case "evt.is_open_write":
		return bare("evt.name:open", n)
	case "evt.failed":
		return bare("evt.outcome:failure", n)
	case "evt.rawres", "evt.res":
		switch {
		case equals("0", "SUCCESS"), n.how == ">=" && first == "0", n.how == ">" && (first == "0" || first == "-1"):
			return clause("@evt.outcome:success"), nil
		case n.how == "<" && first == "0":
			return clause("@evt.outcome:failure"), nil
		}
	case "proc.is_exe_upper_layer":
		return bare("process.upper_layer:true", n)
	case "proc.is_exe_from_memfd":
		return bare("process.memfd:true", n)
	case "proc.tty":
		if equals("0") {
			return negate(clause("@process.tty:*")), nil
		}
	case "user.loginuid":
		if equals("-1", "4294967295") {
			return negate(clause("@process.loginuid:*")), nil
		}
	case "container.id":
		switch {
		case equals("host", ""):
			return negate(clause("@container.id:*")), nil
		case n.how == "=":
			return clause("@container.id:%s*", escape(first)), nil
		}
	case "container.image.repository":
		return image(n)
	case "fd.typechar", "fd.type":
		return kindOfFile(n)
	case "fd.name", "fd.directory":
		return path(n)
	case "fd.snet", "fd.rnet":
		return network(n)
	}
	return nil, nil
}

// bare translates a test of what is either so or not.
func bare(what string, n *node) (*node, error) {
	switch {
	case n.how == "=" && n.values[0] == "true":
		return clause("@%s", what), nil
	case n.how == "=" && n.values[0] == "false":
		return negate(clause("@%s", what)), nil
	}
	return nil, fmt.Errorf("%s: want = true or = false", n.field)
}

// calls translates system calls to events of the sensor.
func (t *translator) calls(n *node) (*node, error) {
	if n.how != "=" && n.how != "in" {
		return nil, fmt.Errorf("%s %s: want = or in", n.field, n.how)
	}
	var kinds, unseen []string
	for _, call := range n.values {
		switch kind := kindOf(call); {
		case kind == "":
			unseen = append(unseen, call)
		case !slices.Contains(kinds, kind):
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return nil, fmt.Errorf("%s %s: the sensor does not see these calls", n.field, strings.Join(unseen, ", "))
	}
	if len(unseen) > 0 {
		t.note("the sensor does not see the calls %s", strings.Join(unseen, ", "))
	}
	if slices.Contains(kinds, "open") {
		t.note("of files the sensor sees those that are opened to be written")
	}
	return compare("evt.name", "in", kinds)
}

// image compares the name of an image without its tag.
func image(n *node) (*node, error) {
	if n.how == "exists" || n.how == "contains" || n.how == "startswith" {
		return compare("container.image", n.how, n.values)
	}
	if n.how != "=" && n.how != "in" && n.how != "endswith" {
		return nil, fmt.Errorf("%s %s: want =, in, startswith, endswith or contains", n.field, n.how)
	}
	var words []string
	for _, v := range n.values {
		word := escape(v)
		if n.how == "endswith" {
			word = "*" + word
		}
		words = append(words, word, word+`\:*`, word+`\@*`)
	}
	if len(words) == 0 {
		return truth(false), nil
	}
	return clause("@container.image:(%s)", strings.Join(words, " OR ")), nil
}

// kindOfFile translates what a file descriptor is.
func kindOfFile(n *node) (*node, error) {
	if n.how != "=" && n.how != "in" {
		return nil, fmt.Errorf("%s %s: want = or in", n.field, n.how)
	}
	all := &node{op: or}
	for _, v := range n.values {
		switch v {
		case "4", "6", "ipv4", "ipv6":
			all.args = append(all.args, clause("@network.destination.ip:*"))
		case "f", "file", "directory":
			all.args = append(all.args, clause("@file.path:*"))
		case "u", "unix", "p", "pipe", "fifo": // the sensor sees no events of these
			all.args = append(all.args, truth(false))
		default:
			return nil, fmt.Errorf("%s %q: the sensor does not see it", n.field, v)
		}
	}
	return all, nil
}

// path translates the name of a file, and its folder.
func path(n *node) (*node, error) {
	for _, v := range n.values {
		if n.how != "endswith" && n.how != "contains" && !strings.HasPrefix(v, "/") {
			return nil, fmt.Errorf("%s %s %q: want the path of a file", n.field, n.how, v)
		}
	}
	if n.field == "fd.name" || n.how == "exists" || n.how == "pmatch" {
		return compare("file.path", n.how, n.values)
	}
	all := &node{op: or}
	for _, v := range n.values {
		word := escape(strings.TrimSuffix(v, "/"))
		switch n.how {
		case "=", "in":
			all.args = append(all.args, &node{op: and, args: []*node{clause(`@file.path:%s\/*`, word), negate(clause(`@file.path:%s\/*\/*`, word))}})
		case "startswith":
			all.args = append(all.args, clause("@file.path:%s*", word))
		default:
			return nil, fmt.Errorf("%s %s: want =, in, startswith or pmatch", n.field, n.how)
		}
	}
	return all, nil
}

// network translates networks of the address that is connected to.
func network(n *node) (*node, error) {
	if n.how != "=" && n.how != "in" || len(n.values) == 0 {
		return nil, fmt.Errorf("%s %s: want = or in", n.field, n.how)
	}
	var all []string
	for _, v := range n.values {
		p, err := netip.ParsePrefix(v)
		if err != nil {
			return nil, errors.New(n.field + ": want networks, have " + strconv.Quote(v))
		}
		all = append(all, p.Masked().String())
	}
	return clause("CIDR(@network.destination.ip, %s)", strings.Join(all, ", ")), nil
}
