# METADATA
# scope: package
# title: "No default limits for containers"
# description: "Containers without limits of their own get those of the daemon, which are as good as none."
# custom:
#   id: DM208
#   severity: low
#   message: "there are no default ulimits"
#   fix: "Write \"default-ulimits\" with nofile and nproc."
#   aliases: [CIS 2.8]
#   ja:
#     title: "コンテナーの既定の ulimit がない"
#     description: "個別の制限がないコンテナーにはデーモンの制限が適用され、実質的に無制限になります。"
#     message: "既定の ulimit がありません"
#     fix: "\"default-ulimits\" に nofile と nproc を書いてください。"
package policies.daemon.dm208

import data.lib.value as values

deny contains result if {
	values.size(values.get(input.settings, "default-ulimits", {})) == 0
	result := {"line": object.get(input.lines, "default-ulimits", 0), "values": {}}
}
