# METADATA
# scope: package
# title: "Shared memory of the host"
# description: "The container reads and writes the shared memory of programs of the host."
# custom:
#   id: WL013
#   severity: high
#   message: "the container shares the IPC namespace of the host"
#   fix: "Remove the setting, so that the container gets a namespace of its own."
#   aliases: [CIS 5.17, CL-0010, KSV008, CKV_K8S_18, host_namespace_is_shared, shared_host_ipc_namespace]
#   ja:
#     title: "ホストの IPC 名前空間を使用"
#     description: "ホストのプログラムの共有メモリーを読み書きできます。"
#     message: "コンテナーがホストの IPC 名前空間を共有します"
#     fix: "設定を外し、コンテナー専用の名前空間を使わせてください。"
package policies.workload.wl013

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.namespaces.ipc == "host"
	result := workload.finding(w, "ipc", {})
}
