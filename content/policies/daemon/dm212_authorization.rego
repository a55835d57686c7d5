# METADATA
# scope: package
# title: "No authorization plugin"
# description: "Who may talk to the engine may do everything with it."
# custom:
#   id: DM212
#   severity: low
#   message: "there is no authorization plugin"
#   fix: "Use an authorization plugin when several people or programs talk to the engine."
#   aliases: [CIS 2.12]
#   ja:
#     title: "認可プラグインがない"
#     description: "エンジンに接続できる人は、すべての操作を行えます。"
#     message: "認可プラグインがありません"
#     fix: "複数の人やプログラムがエンジンを使う場合は、認可プラグインを使ってください。"
package policies.daemon.dm212

import data.lib.value as values

deny contains result if {
	values.size(values.get(input.settings, "authorization-plugins", [])) == 0
	result := {"line": object.get(input.lines, "authorization-plugins", 0), "values": {}}
}
