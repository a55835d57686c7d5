# METADATA
# scope: package
# title: "No seccomp profile for all containers"
# description: "Every container may make every system call."
# custom:
#   id: DM217
#   severity: high
#   message: "the seccomp profile of the daemon is unconfined"
#   fix: "Remove \"seccomp-profile\", so that the built-in one is used."
#   aliases: [CIS 2.17]
#   ja:
#     title: "全コンテナーの seccomp プロファイルが無効"
#     description: "すべてのコンテナーがすべてのシステムコールを呼び出せます。"
#     message: "デーモンの seccomp プロファイルが unconfined です"
#     fix: "\"seccomp-profile\" を削除し、組み込みのプロファイルを使ってください。"
package policies.daemon.dm217

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "seccomp-profile", "") == "unconfined"
	result := {"line": object.get(input.lines, "seccomp-profile", 0), "values": {}}
}
