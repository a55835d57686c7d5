# METADATA
# title: apt-get asks before it installs
# description: >-
#   Nobody can answer while an image is built. The build ends there, or waits.
# custom:
#   id: DF032
#   severity: low
#   message: "apt-get {sub} without -y"
#   fix: Add -y.
#   aliases: [DS021, DL3014, apt_get_missing_flags_to_avoid_manual_input]
#   ja:
#     title: apt-get がインストール前に確認を求めます
#     description: ビルド中は誰も答えられません。ビルドはそこで失敗するか、待ち続けます。
#     message: "-y のない apt-get {sub}"
#     fix: "-y を付けてください。"
package policies.dockerfile.df032

import data.lib.packages as pk

deny contains {"line": op.line, "values": {"sub": op.sub}} if {
	some op in pk.installs
	op.program in {"apt-get", "apt", "aptitude"}
	not answered(op)
}

answered(op) if pk.letter(op, "y")

answered(op) if pk.option(op, {"--yes", "--assume-yes", "--assume-no", "--force-yes", "--trivial-only"})

answered(op) if {
	some word in op.argv
	regex.match(`(?i)apt::get::assume-yes=["']?(true|1|yes)`, word)
}

answered(op) if {
	some word in op.argv
	regex.match(`^-[a-zA-Z]*q[a-zA-Z]*q|^-q=[2-9]|^--quiet=[2-9]`, word)
}

answered(op) if count([word | some word in op.argv; word in {"-q", "--quiet"}]) > 1

# A program that says yes: yes | apt-get install x.
answered(op) if {
	some c in input.instructions[op.run].commands
	c.name in {"yes", "echo"}
	c.pipe
	c.line <= op.line
	input.instructions[op.run].commands[op.position].pipe == c.pipe
}
