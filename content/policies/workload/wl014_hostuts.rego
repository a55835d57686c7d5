# METADATA
# scope: package
# title: "Host name of the host"
# description: "The container can change the name of the host."
# custom:
#   id: WL014
#   severity: medium
#   message: "the container shares the UTS namespace of the host"
#   fix: "Remove the setting, so that the container gets a namespace of its own."
#   aliases: [CIS 5.21, CL-0012]
#   ja:
#     title: "ホストの UTS 名前空間を使用"
#     description: "ホスト名を変更できます。"
#     message: "コンテナーがホストの UTS 名前空間を共有します"
#     fix: "設定を外し、コンテナー専用の名前空間を使わせてください。"
package policies.workload.wl014

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.namespaces.uts == "host"
	result := workload.finding(w, "uts", {})
}
