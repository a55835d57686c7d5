# METADATA
# scope: package
# title: "No memory limit"
# description: "One container can take all memory of the host, and the kernel then ends processes of others."
# custom:
#   id: WL019
#   severity: medium
#   message: "there is no memory limit"
#   fix: "Write mem_limit, or deploy.resources.limits.memory."
#   aliases: [CIS 5.11, CL-0026, KSV018, CKV_K8S_13, memory_not_limited, memory_limits_not_defined]
#   ja:
#     title: "メモリー制限がない"
#     description: "一つのコンテナーがホストのメモリーを使い切ると、カーネルが他のプロセスを終了させます。"
#     message: "メモリー制限がありません"
#     fix: "mem_limit または deploy.resources.limits.memory を指定してください。"
package policies.workload.wl019

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.limits.memory == 0
	result := workload.finding(w, "deploy", {})
}
