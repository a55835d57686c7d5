# METADATA
# scope: package
# title: "Literal credential in the configuration"
# description: "The value stands in the file, in docker inspect, in /proc and in every backup of them, for whoever may read one of these."
# custom:
#   id: WL029
#   severity: high
#   message: "{where} holds a literal credential"
#   fix: "Move it into a secret: many images read NAME_FILE, which names the file below /run/secrets."
#   aliases: [CL-0020, CL-0021, CIS-DI-0010]
#   ja:
#     title: "設定に直接書かれた認証情報"
#     description: "値がファイル、docker inspect、/proc、それらのバックアップに残り、どれか一つを読める人全員に見えます。"
#     message: "{where} に認証情報が直接書かれています"
#     fix: "シークレットに移してください。多くのイメージは /run/secrets のファイルを指す NAME_FILE 形式の変数に対応しています。"
package policies.workload.wl029

deny contains result if {
	some w in input.workloads
	some v in w.env
	literal(v)
	result := {"line": v.line, "resource": w.name, "values": {"where": v.key}}
}

deny contains result if {
	some w in input.workloads
	some v in w.labels
	literal(v)
	result := {"line": v.line, "resource": w.name, "values": {"where": sprintf("label %s", [v.key])}}
}

deny contains result if {
	some w in input.workloads
	some text in w.command
	text.secret
	result := {"line": text.line, "resource": w.name, "values": {"where": "command"}}
}

literal(v) if v.secret

literal(v) if v.url_password
