# METADATA
# scope: package
# title: "no-new-privileges is not the default"
# description: "A container that says nothing lets its processes become root through setuid programs."
# custom:
#   id: DM214
#   severity: medium
#   message: "containers may gain privileges unless they say otherwise"
#   fix: "Write \"no-new-privileges\": true."
#   aliases: [CIS 2.14]
#   ja:
#     title: "no-new-privileges が既定でない"
#     description: "設定のないコンテナーでは、プロセスが setuid プログラムで root になれます。"
#     message: "指定のないコンテナーで権限昇格が可能です"
#     fix: "\"no-new-privileges\": true と書いてください。"
package policies.daemon.dm214

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "no-new-privileges", false) != true
	result := {"line": object.get(input.lines, "no-new-privileges", 0), "values": {}}
}
