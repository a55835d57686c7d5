# METADATA
# title: A program gets more rights than who runs it
# description: >-
#   A setuid program or one with capabilities is a way to become root, whatever USER says.
# custom:
#   id: DF028
#   severity: high
#   message: "{what} gives rights to a program"
#   fix: Remove the bit or capability; let the platform give a capability to the container that needs it.
#   aliases: [CIS 4.8, CIS-DI-0008]
#   ja:
#     title: プログラムが実行者より多くの権限を得ます
#     description: setuid のプログラムやケーパビリティを持つプログラムは、USER の指定に関わらず root になる手段です。
#     message: "{what} がプログラムに権限を与えています"
#     fix: ビットやケーパビリティを外し、必要なコンテナにはプラットフォームからケーパビリティを与えてください。
package policies.dockerfile.df028

import data.lib.dockerfile as df

deny contains {"line": c.line, "values": {"what": concat("", ["chmod ", mode])}} if {
	some i in df.runs
	some c in i.commands
	c.name == "chmod"
	mode := [word | some word in array.slice(c.argv, 1, count(c.argv)); not regex.match(`^--|^-[RcfvhHLP]+$`, word)][0]
	special(mode)
}

deny contains {"line": i.line, "values": {"what": concat("", ["--chmod=", mode])}} if {
	some i in input.instructions
	i.cmd in {"copy", "add"}
	some mode in i.flags.chmod
	special(mode)
}

deny contains {"line": c.line, "severity": "medium", "values": {"what": "setcap"}} if {
	some i in df.runs
	some c in i.commands
	c.name == "setcap"
	not "-r" in c.argv
}

special(mode) if regex.match(`^0*[24-7][0-7]{3}$`, mode)

special(mode) if regex.match(`(^|,)[ugoa]*[+=][rwxX]*s`, mode)
