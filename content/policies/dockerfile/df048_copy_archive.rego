# METADATA
# title: An archive is copied and then unpacked
# description: >-
#   The archive stays in a layer of its own, although nobody needs it. ADD unpacks it without leaving it
#   behind.
# custom:
#   id: DF048
#   severity: low
#   message: "COPY of {archive}, which is unpacked on line {line}"
#   fix: Use ADD for local archives.
#   aliases: [DL3010]
#   ja:
#     title: アーカイブをコピーしてから展開しています
#     description: 不要になったアーカイブが 1 つのレイヤーに残ります。ADD なら、アーカイブを残さずに展開できます。
#     message: "{line} 行目で展開される {archive} の COPY"
#     fix: ローカルのアーカイブには ADD を使ってください。
package policies.dockerfile.df048

import data.lib.dockerfile as df

deny contains {"line": i.line, "values": {"archive": source, "line": c.line}} if {
	some i in input.instructions
	i.cmd == "copy"
	not i.flags.from
	some source in i.sources
	some name in names(i, source)
	some run in df.runs
	run.index > i.index
	run.stage == i.stage
	some c in run.commands
	c.name in {"tar", "unzip", "gunzip", "bunzip2", "unxz", "bsdtar"}
	some word in c.argv
	base(word) == name
}

names(i, source) := {n |
	some n in {base(source), base(i.target)}
	regex.match(`(?i)\.(tar|tgz|tbz2?|txz|tar\.[a-z0-9]+|gz|bz2|xz)$`, n)
}

base(path) := trim(regex.find_n(`[^/\\]*$`, path, 1)[0], "\"'")
