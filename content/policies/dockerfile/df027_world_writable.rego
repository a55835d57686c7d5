# METADATA
# title: Files are made writable for everybody
# description: >-
#   Any process in the container, also one without rights that was broken into, can change the program
#   or what it reads.
# custom:
#   id: DF027
#   severity: high
#   message: "mode {mode} lets everybody write"
#   fix: Give the files to the user that needs them (COPY --chown) and keep the mode narrow.
#   ja:
#     title: ファイルが誰でも書き込める状態になります
#     description: コンテナ内のどのプロセスも、侵入された権限のないプロセスでも、プログラムや読み込むファイルを変更できます。
#     message: "モード {mode} では誰でも書き込めます"
#     fix: 必要なユーザーにファイルを渡し(COPY --chown)、モードを狭くしてください。
package policies.dockerfile.df027

import data.lib.dockerfile as df

deny contains {"line": c.line, "values": {"mode": word}} if {
	some i in df.runs
	some c in i.commands
	c.name in {"chmod", "install"}
	some word in modes(c)
	open(word)
}

deny contains {"line": i.line, "values": {"mode": mode}} if {
	some i in input.instructions
	i.cmd in {"copy", "add"}
	some mode in i.flags.chmod
	open(mode)
}

modes(c) := [[word | some word in array.slice(c.argv, 1, count(c.argv)); not regex.match(`^--|^-[RcfvhHLP]+$`, word)][0]] if c.name == "chmod"

modes(c) := [m |
	some i, word in c.argv
	some m in [df.word(c.argv, i + 1), trim_prefix(word, "-m"), trim_prefix(word, "--mode=")]
	word in {"-m", m_flag(m), concat("", ["--mode=", m])}
	not startswith(m, "-")
] if c.name == "install"

m_flag(m) := concat("", ["-m", m])

# The sticky bit keeps others from removing what is not theirs.
open(mode) if regex.match(`^0?[0246]?[0-7]{2}[2367]$`, mode)

open(mode) if regex.match(`(^|,)[ug]*[oa][ugoa]*[+=][rxXst]*w`, mode)
