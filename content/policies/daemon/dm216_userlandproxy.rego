# METADATA
# scope: package
# title: "Userland proxy is on"
# description: "A process for each published port, which hides the address of the client from the service."
# custom:
#   id: DM216
#   severity: low
#   message: "the userland proxy is on"
#   fix: "Write \"userland-proxy\": false."
#   aliases: [CIS 2.16]
#   ja:
#     title: "ユーザーランドプロキシが有効"
#     description: "公開ポートごとにプロセスが動き、クライアントのアドレスがサービスから見えなくなります。"
#     message: "ユーザーランドプロキシが有効です"
#     fix: "\"userland-proxy\": false と書いてください。"
package policies.daemon.dm216

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "userland-proxy", true) != false
	result := {"line": object.get(input.lines, "userland-proxy", 0), "values": {}}
}
