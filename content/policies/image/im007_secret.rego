# METADATA
# scope: package
# title: "A secret is in the configuration or history of the image"
# description: "Environment, labels and history can be read by everybody who can pull the image, without starting it."
# custom:
#   id: IM007
#   severity: critical
#   message: "{where} holds a secret"
#   fix: "Use RUN --mount=type=secret while building and files or the environment at run time. What was published is known: replace it."
#   aliases: [CIS 4.10, CIS-DI-0010]
#   ja:
#     title: "イメージの設定または履歴にシークレットが含まれています"
#     description: "環境変数、ラベル、履歴は、イメージを取得できる人なら起動せずに読めます。"
#     message: "{where} にシークレットが含まれています"
#     fix: "ビルド中は RUN --mount=type=secret、実行時はファイルか環境変数を使ってください。公開されたシークレットは知られています。交換してください。"
package policies.image.im007

import data.lib.secrets

deny contains {"line": 0, "resource": where, "values": {"where": where}} if {
	some v in input.env
	holds(v)
	where := concat(" ", ["ENV", v.key])
}

deny contains {"line": 0, "resource": where, "values": {"where": where}} if {
	some v in input.labels
	holds(v)
	where := concat(" ", ["LABEL", v.key])
}

# What ENV has in the end is told above.
deny contains {"line": 0, "resource": where, "values": {"where": where}} if {
	some s in input.steps
	some v in s.variables
	holds(v)
	not v.key in {e.key | some e in input.env; holds(e)}
	where := sprintf("history %d: %s", [s.number, v.key])
}

deny contains {"line": 0, "resource": where, "values": {"where": where}} if {
	some s in input.steps
	some c in shell.commands(s.command)
	told(c)
	where := sprintf("history %d: %s", [s.number, c.name])
}

holds(v) if v.secret

holds(v) if v.url_password

holds(v) if secrets.token(v.value)

told(c) if secrets.password_option(c)

told(c) if {
	some word in c.argv
	secrets.token(word)
}
