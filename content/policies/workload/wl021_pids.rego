# METADATA
# scope: package
# title: "No limit of processes"
# description: "A fork bomb in one container stops the whole host."
# custom:
#   id: WL021
#   severity: medium
#   message: "there is no limit of processes"
#   fix: "Write pids_limit: 200, or what the service needs."
#   aliases: [CIS 5.29, pids_limit_not_set]
#   ja:
#     title: "プロセス数の制限がない"
#     description: "一つのコンテナーの fork 爆弾がホスト全体を止めます。"
#     message: "プロセス数の制限がありません"
#     fix: "pids_limit: 200 など、サービスに必要な値を指定してください。"
package policies.workload.wl021

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.kind != "kubernetes"
	w.limits.pids == 0
	result := workload.finding(w, "deploy", {})
}
