# METADATA
# scope: package
# title: "User namespace of the host"
# description: "The remapping of users that the daemon does is switched off for this container: its root is root of the host."
# custom:
#   id: WL015
#   severity: medium
#   message: "the container uses the user namespace of the host"
#   fix: "Remove the setting, so that the container gets a namespace of its own."
#   aliases: [CIS 5.31, CL-0012, shared_host_user_namespace]
#   ja:
#     title: "ホストのユーザー名前空間を使用"
#     description: "デーモンのユーザー再割り当てがこのコンテナーでは無効になり、コンテナー内の root がホストの root になります。"
#     message: "コンテナーがホストのユーザー名前空間を使います"
#     fix: "設定を外し、コンテナー専用の名前空間を使わせてください。"
package policies.workload.wl015

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.namespaces.user == "host"
	result := workload.finding(w, "userns_mode", {})
}
