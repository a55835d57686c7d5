# METADATA
# scope: package
# title: "Experimental features are on"
# description: "They are not made, and not tested, for production."
# custom:
#   id: DM218
#   severity: low
#   message: "experimental features are on"
#   fix: "Remove \"experimental\": true."
#   aliases: [CIS 2.18]
#   ja:
#     title: "実験的機能が有効"
#     description: "本番環境向けに作られておらず、試験もされていません。"
#     message: "実験的機能が有効になっています"
#     fix: "\"experimental\": true を削除してください。"
package policies.daemon.dm218

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "experimental", false) == true
	result := {"line": object.get(input.lines, "experimental", 0), "values": {}}
}
