# METADATA
# scope: package
# title: "Live restore is off"
# description: "An update of the daemon, or its end, stops all containers; so updates are put off."
# custom:
#   id: DM215
#   severity: low
#   message: "containers stop with the daemon"
#   fix: "Write \"live-restore\": true."
#   aliases: [CIS 2.15]
#   ja:
#     title: "ライブリストアが無効"
#     description: "デーモンの更新や停止で全コンテナーが止まるため、更新が先延ばしにされます。"
#     message: "デーモンと一緒にコンテナーが停止します"
#     fix: "\"live-restore\": true と書いてください。"
package policies.daemon.dm215

import data.lib.value as values

swarm if values.get(input.settings, "swarm-default-advertise-addr", "") != ""

deny contains result if {
	values.get(input.settings, "live-restore", false) != true
	not swarm
	result := {"line": object.get(input.lines, "live-restore", 0), "values": {}}
}
