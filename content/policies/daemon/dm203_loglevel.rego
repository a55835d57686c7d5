# METADATA
# scope: package
# title: "Log level of the daemon is not info"
# description: "Debug fills the disk and tells more than it should; less than info hides what happened."
# custom:
#   id: DM203
#   severity: low
#   message: "the log level is not info"
#   fix: "Write \"log-level\": \"info\", or remove the key."
#   aliases: [CIS 2.3]
#   ja:
#     title: "デーモンのログレベルが info でない"
#     description: "debug はディスクを埋めて余計な情報を出し、info より少ないと何が起きたか分かりません。"
#     message: "ログレベルが info ではありません"
#     fix: "\"log-level\": \"info\" と書くか、キーを削除してください。"
package policies.daemon.dm203

import data.lib.value as values

deny contains result if {
	not values.get(input.settings, "log-level", "info") in {"info", ""}
	result := {"line": object.get(input.lines, "log-level", 0), "values": {}}
}
