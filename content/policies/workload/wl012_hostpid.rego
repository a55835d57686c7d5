# METADATA
# scope: package
# title: "Processes of the host"
# description: "The container sees all processes of the host with their environment, and can send them signals."
# custom:
#   id: WL012
#   severity: high
#   message: "the container shares the processes of the host"
#   fix: "Remove the setting, so that the container gets a namespace of its own."
#   aliases: [CIS 5.16, CL-0010, KSV010, CKV_K8S_17, host_namespace_is_shared, shared_host_pid_namespace]
#   ja:
#     title: "ホストのプロセス空間を使用"
#     description: "ホストの全プロセスとその環境変数が見え、シグナルも送れます。"
#     message: "コンテナーがホストの PID 名前空間を共有します"
#     fix: "設定を外し、コンテナー専用の名前空間を使わせてください。"
package policies.workload.wl012

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.namespaces.pid == "host"
	result := workload.finding(w, "pid", {})
}
