package query

// String returns the clause as it was written.
func (s spelling) String() string { return s.raw }

func (s spelling) appendTo(dst []byte) []byte { return append(dst, s.raw...) }

// String returns the nodes with their operators.
func (n *And) String() string { return string(n.appendTo(nil)) }

func (n *And) appendTo(dst []byte) []byte { return appendNodes(dst, n.Nodes, n.ops) }

// String returns the nodes with their operators.
func (n *Or) String() string { return string(n.appendTo(nil)) }

func (n *Or) appendTo(dst []byte) []byte { return appendNodes(dst, n.Nodes, n.ops) }

// String returns the node behind its operator.
func (n *Not) String() string { return string(n.appendTo(nil)) }

func (n *Not) appendTo(dst []byte) []byte { return n.Node.appendTo(append(dst, n.op...)) }

// String returns the node in parentheses.
func (n *Group) String() string { return string(n.appendTo(nil)) }

func (n *Group) appendTo(dst []byte) []byte {
	return append(n.Node.appendTo(append(dst, '(')), ')')
}

// String returns the field and its values in parentheses.
func (n *List) String() string { return string(n.appendTo(nil)) }

func (n *List) appendTo(dst []byte) []byte {
	dst = append(append(dst, n.head...), '(')
	return append(n.Node.appendTo(dst), ')')
}

func appendNodes(dst []byte, nodes []Node, ops []string) []byte {
	for i, n := range nodes {
		if i > 0 {
			dst = append(dst, ops[i-1]...)
		}
		dst = n.appendTo(dst)
	}
	return dst
}

// String returns the operator as it is written.
func (op Op) String() string {
	switch op {
	case Less:
		return "<"
	case LessEqual:
		return "<="
	case Greater:
		return ">"
	default:
		return ">="
	}
}
