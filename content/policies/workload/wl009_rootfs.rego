# METADATA
# scope: package
# title: "Root file system is writable"
# description: "Who breaks into the container can replace its programs and leave tools behind."
# custom:
#   id: WL009
#   severity: medium
#   message: "the root file system can be written"
#   fix: "Write read_only: true and a tmpfs or volume for each folder that is written."
#   aliases: [CIS 5.13, CL-0007, KSV014, CKV_K8S_22, root_container_not_mounted_as_read_only]
#   ja:
#     title: "ルートファイルシステムが書き込み可能"
#     description: "侵入者がコンテナーのプログラムを置き換えたり、ツールを残したりできます。"
#     message: "ルートファイルシステムに書き込めます"
#     fix: "read_only: true を指定し、書き込みが必要なフォルダーには tmpfs かボリュームを用意してください。"
package policies.workload.wl009

import data.lib.workload

deny contains result if {
	some w in input.workloads
	not w.read_only
	result := workload.finding(w, "read_only", {})
}
