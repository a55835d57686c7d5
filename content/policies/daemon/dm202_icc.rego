# METADATA
# scope: package
# title: "Containers of the default bridge reach each other"
# description: "One container that is taken over reaches every other one on the default bridge network."
# custom:
#   id: DM202
#   severity: medium
#   message: "containers on the default bridge reach each other"
#   fix: "Write \"icc\": false into daemon.json."
#   aliases: [CIS 2.2]
#   ja:
#     title: "既定のブリッジでコンテナー同士が通信できる"
#     description: "一つのコンテナーが乗っ取られると、既定のブリッジの他のすべてのコンテナーに到達できます。"
#     message: "既定のブリッジのコンテナー同士が通信できます"
#     fix: "daemon.json に \"icc\": false を書いてください。"
package policies.daemon.dm202

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "icc", true) == true
	result := {"line": object.get(input.lines, "icc", 0), "values": {}}
}
