# METADATA
# scope: package
# title: "Network of the host"
# description: "The container sees every connection of the host and reaches services that listen on loopback only."
# custom:
#   id: WL011
#   severity: high
#   message: "the container uses the network of the host"
#   fix: "Remove the setting, so that the container gets a namespace of its own."
#   aliases: [CIS 5.10, CL-0008, KSV009, CKV_K8S_19, shared_host_network_namespace]
#   ja:
#     title: "ホストのネットワークを使用"
#     description: "ホストのすべての通信が見え、ループバックだけで待ち受けるサービスにも接続できます。"
#     message: "コンテナーがホストのネットワークを使います"
#     fix: "設定を外し、コンテナー専用の名前空間を使わせてください。"
package policies.workload.wl011

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.namespaces.network == "host"
	result := workload.finding(w, "network_mode", {})
}
