# METADATA
# scope: package
# title: "Control group of its own choosing"
# description: "Limits of the system may not hold for containers in another group."
# custom:
#   id: DM210
#   severity: low
#   message: "containers get another parent control group"
#   fix: "Remove \"cgroup-parent\", unless the group is meant."
#   aliases: [CIS 2.10]
#   ja:
#     title: "独自の親コントロールグループ"
#     description: "別のグループのコンテナーにはシステムの制限が効かないことがあります。"
#     message: "コンテナーの親コントロールグループが変更されています"
#     fix: "意図したものでなければ \"cgroup-parent\" を削除してください。"
package policies.daemon.dm210

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "cgroup-parent", "") != ""
	result := {"line": object.get(input.lines, "cgroup-parent", 0), "values": {}}
}
