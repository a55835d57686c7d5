# METADATA
# scope: package
# title: "Default bridge network"
# description: "On the default bridge every container reaches every other one, and names are not resolved."
# custom:
#   id: WL030
#   severity: low
#   message: "the container is on the default bridge network"
#   fix: "Make a network for what belongs together and connect the container to it."
#   aliases: [CIS 5.30]
#   ja:
#     title: "既定のブリッジネットワーク"
#     description: "既定のブリッジではすべてのコンテナーが互いに通信でき、名前解決もできません。"
#     message: "コンテナーが既定のブリッジネットワークに接続しています"
#     fix: "関連するコンテナーごとにネットワークを作り、そこに接続してください。"
package policies.workload.wl030

import data.lib.workload

deny contains result if {
	some w in input.workloads
	some n in w.networks
	n.default_bridge
	w.namespaces.network == ""
	result := workload.finding(w, "networks", {})
}
