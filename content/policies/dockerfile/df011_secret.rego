# METADATA
# title: A secret is part of the image
# description: >-
#   What stands in ENV, ARG, LABEL, a command or a copied file stays in the layers and in the history of
#   the image. Everybody who can pull it can read it, also when a later layer removes it.
# custom:
#   id: DF011
#   severity: critical
#   message: "{what} {name} holds a secret"
#   fix: "Use RUN --mount=type=secret while building and files or the environment at run time. What was published is known: replace it."
#   aliases: [CIS 4.10, DS031, CIS-DI-0010]
#   ja:
#     title: シークレットがイメージに含まれています
#     description: ENV、ARG、LABEL、コマンド、コピーされたファイルの内容は、イメージのレイヤーと履歴に残ります。後のレイヤーで消しても、イメージを取得できる人は誰でも読めます。
#     message: "{what} {name} にシークレットが含まれています"
#     fix: ビルド中は RUN --mount=type=secret、実行時はファイルか環境変数を使ってください。公開されたシークレットは知られています。交換してください。
package policies.dockerfile.df011

import data.lib.dockerfile as df
import data.lib.secrets

# Variables and labels whose names say that they hold a secret.
deny contains {"line": i.line, "end_line": i.end_line, "values": {"what": upper(i.cmd), "name": p.key}} if {
	some i in input.instructions
	i.cmd in {"env", "arg", "label"}
	some p in i.pairs
	secrets.named(p.key)
	secrets.literal(p.value)
}

# Values that look like one, whatever they are called.
deny contains {"line": i.line, "end_line": i.end_line, "values": {"what": upper(i.cmd), "name": p.key}} if {
	some i in input.instructions
	i.cmd in {"env", "arg", "label"}
	some p in i.pairs
	secrets.token(p.value)
}

deny contains {"line": c.line, "values": {"what": upper(i.cmd), "name": c.name}} if {
	some i in input.instructions
	some c in i.commands
	some word in c.argv
	secrets.token(word)
}

# Variables that are set for one command only, but stand in the history.
deny contains {"line": c.line, "values": {"what": "RUN", "name": key}} if {
	some i in df.runs
	some c in i.commands
	some key, value in c.env
	secrets.named(key)
	secrets.literal(value)
}

deny contains {"line": c.line, "values": {"what": "RUN", "name": c.name}} if {
	some i in df.runs
	some c in i.commands
	secrets.password_option(c)
}

# Files that hold nothing else.
deny contains {"line": i.line, "end_line": i.end_line, "values": {"what": upper(i.cmd), "name": source}} if {
	some i in input.instructions
	i.cmd in {"copy", "add"}
	not i.flags.from
	some source in i.sources
	secrets.file(source)
}
