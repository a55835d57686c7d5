# METADATA
# scope: package
# title: "No health check"
# description: "Without a check the engine takes a hanging service for a running one."
# custom:
#   id: WL027
#   severity: low
#   message: "there is no health check here, or it is disabled"
#   fix: "Write a healthcheck that asks the service, or put HEALTHCHECK into its image."
#   aliases: [CIS 5.27, healthcheck_not_set]
#   ja:
#     title: "ヘルスチェックがない"
#     description: "ヘルスチェックがないと、応答しないサービスも動作中とみなされます。"
#     message: "ヘルスチェックがないか、無効になっています"
#     fix: "サービスに問い合わせる healthcheck を書くか、イメージに HEALTHCHECK を入れてください。"
package policies.workload.wl027

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.kind != "kubernetes"
	not w.healthcheck.set
	result := workload.finding(w, "healthcheck", {})
}

deny contains result if {
	some w in input.workloads
	w.kind != "kubernetes"
	w.healthcheck.set
	w.healthcheck.disabled
	result := workload.finding(w, "healthcheck", {})
}
