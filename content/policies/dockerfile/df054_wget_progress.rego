# METADATA
# title: wget fills the log of the build
# description: >-
#   Without a shorter form, each download writes hundreds of lines, among which nobody finds what
#   matters.
# custom:
#   id: DF054
#   severity: low
#   message: wget without --progress or -q
#   fix: Use --progress=dot:giga, -nv or -q.
#   aliases: [DL3047]
#   ja:
#     title: wget がビルドのログを埋めます
#     description: 短い表示を指定しないと、ダウンロードごとに数百行が出力され、重要なものが見つかりません。
#     message: "--progress や -q のない wget"
#     fix: "--progress=dot:giga、-nv、-q のいずれかを使ってください。"
package policies.dockerfile.df054

import data.lib.dockerfile as df

deny contains {"line": c.line, "values": {}} if {
	some i in df.runs
	some c in i.commands
	c.name == "wget"
	count(c.argv) > 1
	not df.has_flag(c, {"--progress", "--quiet", "--no-verbose", "--output-file", "--append-output", "--help", "--version"})
	not quiet(c)
}

quiet(c) if {
	some word in c.argv
	regex.match(`^-(nv|[a-zA-Z]*[qoa])`, word)
}
