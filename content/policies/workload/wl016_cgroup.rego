# METADATA
# scope: package
# title: "Control group of its own choosing"
# description: "In a group outside of the daemon's the limits of containers do not hold, and with the namespace of the host the groups of others can be seen."
# custom:
#   id: WL016
#   severity: medium
#   message: "the container leaves the control groups of the engine"
#   fix: "Remove cgroup_parent and cgroup: host."
#   aliases: [CIS 5.25, cgroup_not_default]
#   ja:
#     title: "独自のコントロールグループを使用"
#     description: "エンジンの管理外のグループではコンテナーの制限が効かず、ホストの名前空間では他のグループも見えます。"
#     message: "コンテナーがエンジンのコントロールグループの外で動作します"
#     fix: "cgroup_parent と cgroup: host を外してください。"
package policies.workload.wl016

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.namespaces.cgroup == "host"
	result := workload.finding(w, "cgroup_parent", {})
}

deny contains result if {
	some w in input.workloads
	w.namespaces.cgroup != "host"
	w.cgroup_parent != ""
	w.kind != "kubernetes"
	result := workload.finding(w, "cgroup_parent", {})
}
