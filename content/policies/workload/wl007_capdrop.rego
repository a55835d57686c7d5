# METADATA
# scope: package
# title: "Capabilities are not dropped"
# description: "A container keeps 14 capabilities that hardly any service needs, among them raw packets and files of every owner."
# custom:
#   id: WL007
#   severity: medium
#   message: "the default capabilities are kept: cap_drop: ALL is missing"
#   fix: "Write cap_drop: [ALL] and add back what the service really uses."
#   aliases: [CIS 5.4, CL-0006, KSV003, KSV106, CKV_K8S_37, CKV_K8S_28, no_drop_capabilities_for_containers, net_raw_capabilities_not_being_dropped]
#   ja:
#     title: "ケーパビリティを破棄していない"
#     description: "コンテナーには既定で 14 個のケーパビリティが残ります。生パケットの送信や他人のファイルへのアクセスなど、ほとんどのサービスには不要なものです。"
#     message: "既定のケーパビリティが残っています (cap_drop: ALL がありません)"
#     fix: "cap_drop: [ALL] を指定し、実際に使うものだけを cap_add で戻してください。"
package policies.workload.wl007

import data.lib.workload

deny contains result if {
	some w in input.workloads
	not "ALL" in w.capabilities.drop
	result := workload.finding(w, "cap_drop", {})
}
