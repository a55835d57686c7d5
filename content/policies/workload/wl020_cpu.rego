# METADATA
# scope: package
# title: "No CPU limit"
# description: "One container can take all processors of the host."
# custom:
#   id: WL020
#   severity: low
#   message: "there is no CPU limit"
#   fix: "Write cpus, or deploy.resources.limits.cpus."
#   aliases: [CIS 5.12, KSV011, CKV_K8S_11, cpus_not_limited, cpu_limits_not_set]
#   ja:
#     title: "CPU 制限がない"
#     description: "一つのコンテナーがホストの CPU をすべて使い切ることがあります。"
#     message: "CPU 制限がありません"
#     fix: "cpus または deploy.resources.limits.cpus を指定してください。"
package policies.workload.wl020

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.limits.cpu == 0
	result := workload.finding(w, "deploy", {})
}
