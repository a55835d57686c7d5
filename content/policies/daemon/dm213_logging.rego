# METADATA
# scope: package
# title: "No central logging and no rotation"
# description: "The files of json-file grow until the disk is full, and are gone with the container."
# custom:
#   id: DM213
#   severity: low
#   message: "logs of containers stay in files that grow without end"
#   fix: "Write \"log-driver\" of your log collection, or \"log-opts\": {\"max-size\": \"10m\", \"max-file\": \"5\"}."
#   aliases: [CIS 2.13]
#   ja:
#     title: "ログの集約もローテーションもない"
#     description: "json-file のファイルはディスクが一杯になるまで増え、コンテナーと一緒に消えます。"
#     message: "コンテナーのログが無制限に増えるファイルに残っています"
#     fix: "ログ収集用の \"log-driver\" か、\"log-opts\": {\"max-size\": \"10m\", \"max-file\": \"5\"} を書いてください。"
package policies.daemon.dm213

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "log-driver", "json-file") in {"json-file", "none", ""}
	values.get(values.get(input.settings, "log-opts", {}), "max-size", "") == ""
	result := {"line": object.get(input.lines, "log-driver", 0), "values": {}}
}
