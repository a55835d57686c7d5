# METADATA
# scope: package
# title: "The daemon may not change the firewall"
# description: "Without its rules published ports and the isolation of networks do not do what they say."
# custom:
#   id: DM204
#   severity: medium
#   message: "iptables changes are switched off"
#   fix: "Remove \"iptables\": false."
#   aliases: [CIS 2.4]
#   ja:
#     title: "デーモンがファイアウォールを変更できない"
#     description: "デーモンの規則がないと、公開ポートやネットワークの分離が期待どおりに働きません。"
#     message: "iptables の変更が無効になっています"
#     fix: "\"iptables\": false を削除してください。"
package policies.daemon.dm204

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "iptables", true) == false
	result := {"line": object.get(input.lines, "iptables", 0), "values": {}}
}
