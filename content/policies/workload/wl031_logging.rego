# METADATA
# scope: package
# title: "Logs are lost or grow without end"
# description: "Without a log nobody can tell what happened; a log without rotation fills the disk."
# custom:
#   id: WL031
#   severity: low
#   message: "the logs are not kept, or grow without end"
#   fix: "Write logging with driver local, or json-file with max-size and max-file."
#   aliases: [CIS 2.13, CL-0014]
#   ja:
#     title: "ログが失われる、または無制限に増える"
#     description: "ログがなければ何が起きたか分からず、ローテーションのないログはディスクを埋め尽くします。"
#     message: "ログが保存されないか、無制限に増えます"
#     fix: "logging に local ドライバーを使うか、json-file に max-size と max-file を指定してください。"
package policies.workload.wl031

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.logging.driver == "none"
	result := workload.finding(w, "logging", {})
}

deny contains result if {
	some w in input.workloads
	w.logging.driver != "none"
	w.logging.rotates == "no"
	result := workload.finding(w, "logging", {})
}
