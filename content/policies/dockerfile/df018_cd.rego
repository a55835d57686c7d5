# METADATA
# title: cd instead of WORKDIR
# description: >-
#   A cd ends with its RUN. The next instruction is in another folder than it looks.
# custom:
#   id: DF018
#   severity: low
#   message: "RUN changes to {folder}"
#   fix: Use WORKDIR, which holds for what follows.
#   aliases: [DS013, DL3003]
#   kinds:
#     relative: [run_command_cd_instead_of_workdir]
#     absolute: []
#   ja:
#     title: WORKDIR ではなく cd が使われています
#     description: cd の効果はその RUN で終わります。次の命令は、見た目とは別のフォルダで動作します。
#     message: "RUN が {folder} に移動しています"
#     fix: 以降も有効な WORKDIR を使ってください。
package policies.dockerfile.df018

import data.lib.dockerfile as df

deny contains {"line": c.line, "kind": kind(folder), "values": {"folder": folder}} if {
	some i in df.runs
	some c in i.commands
	c.name == "cd"
	not c.via
	folder := c.argv[1]
}

kind(folder) := "relative" if {
	not startswith(folder, "/")
} else := "relative" if {
	contains(folder, "..")
} else := "absolute"
