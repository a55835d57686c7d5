# METADATA
# title: Both wget and curl are used
# description: >-
#   Two programs for one thing make the image larger, and twice as much has to be kept current.
# custom:
#   id: DF019
#   severity: low
#   message: "{second} is used here and {first} elsewhere"
#   fix: Use one of them.
#   aliases: [DS014, DL4001, run_using_wget_and_curl]
#   ja:
#     title: wget と curl の両方が使われています
#     description: 同じ目的に 2 つのプログラムを使うと、イメージが大きくなり、更新すべきものが倍になります。
#     message: "ここでは {second}、他では {first} が使われています"
#     fix: どちらか一方を使ってください。
package policies.dockerfile.df019

import data.lib.dockerfile as df

deny contains {"line": later.line, "values": {"first": first.name, "second": later.name}} if {
	some stage in {i.stage | some i in df.runs}
	used := [{"name": c.name, "line": c.line} |
		some i in df.runs
		i.stage == stage
		some c in i.commands
		c.name in {"wget", "curl"}
	]
	first := used[0]
	later := [u | some u in used; u.name != first.name][0]
}
