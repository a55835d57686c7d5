# METADATA
# scope: package
# title: "Restarts without end"
# description: "A container that is restarted for ever hides crashes and lets an attack that ends the process be tried again and again."
# custom:
#   id: WL026
#   severity: low
#   message: "the container is restarted without end"
#   fix: "Write restart: on-failure:5, and let monitoring tell of the end."
#   aliases: [CIS 5.15, CL-0015, restart_policy_on_failure_not_set_to_5]
#   ja:
#     title: "無制限の再起動"
#     description: "無制限に再起動すると異常終了が隠れ、プロセスを落とす攻撃を何度でも試せるようになります。"
#     message: "コンテナーが無制限に再起動されます"
#     fix: "restart: on-failure:5 とし、停止は監視で検知してください。"
package policies.workload.wl026

import data.lib.workload

over(attempts) if attempts == 0

over(attempts) if attempts > 5

deny contains result if {
	some w in input.workloads
	w.kind != "kubernetes"
	w.restart.policy in {"always", "unless-stopped"}
	result := workload.finding(w, "restart", {})
}

deny contains result if {
	some w in input.workloads
	w.kind != "kubernetes"
	w.restart.policy == "on-failure"
	over(w.restart.attempts)
	result := workload.finding(w, "restart", {})
}
