# METADATA
# title: useradd with a high user number writes a huge file
# description: >-
#   The log of last logins has a place for each number below: hundreds of megabytes in the layer.
# custom:
#   id: DF053
#   severity: low
#   message: "useradd with the number {uid} and without -l"
#   fix: Add -l (--no-log-init).
#   aliases: [DL3046]
#   ja:
#     title: 大きな UID の useradd は巨大なファイルを作ります
#     description: 最終ログインの記録には、それより小さい番号すべての場所が確保されます。レイヤーが数百 MB になります。
#     message: "-l のない useradd(UID {uid})"
#     fix: "-l(--no-log-init)を付けてください。"
package policies.dockerfile.df053

import data.lib.dockerfile as df

deny contains {"line": c.line, "values": {"uid": uid}} if {
	some i in df.runs
	some c in i.commands
	c.name == "useradd"
	some position, word in c.argv
	some uid in regex.find_n(`[0-9]{6,}`, concat("=", [word, df.word(c.argv, position + 1)]), 1)
	split(word, "=")[0] in {"-u", "--uid"}
	not df.has_flag(c, {"-l", "--no-log-init"})
}
