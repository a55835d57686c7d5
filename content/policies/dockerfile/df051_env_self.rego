# METADATA
# title: ENV refers to a variable of the same line
# description: >-
#   Values of a line are put in all at once: the variable still has the value from before.
# custom:
#   id: DF051
#   severity: low
#   message: "{name} is set on the same line"
#   fix: Use a second ENV.
#   aliases: [DL3044]
#   ja:
#     title: ENV が同じ行の変数を参照しています
#     description: 1 行の値は一度に設定されるため、変数にはまだ以前の値が入っています。
#     message: "{name} は同じ行で設定されています"
#     fix: ENV を 2 つに分けてください。
package policies.dockerfile.df051

deny contains {"line": i.line, "values": {"name": first.key}} if {
	some i in input.instructions
	i.cmd == "env"
	some n, first in i.pairs
	some m, second in i.pairs
	m != n
	regex.match(sprintf(`\$(%[1]s([^A-Za-z0-9_]|$)|\{%[1]s[}:])`, [first.key]), second.value)
	regex.match(`^[A-Za-z_][A-Za-z0-9_]*$`, first.key)
}
