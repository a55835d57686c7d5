# METADATA
# scope: package
# title: "Users are not remapped"
# description: "Root in a container has the number of root on the host."
# custom:
#   id: DM209
#   severity: medium
#   message: "root in containers is root of the host: user namespaces are not used"
#   fix: "Write \"userns-remap\": \"default\", after a test: volumes change their owners."
#   aliases: [CIS 2.9]
#   ja:
#     title: "ユーザーの再割り当てがない"
#     description: "コンテナーの root はホストの root と同じ番号です。"
#     message: "ユーザー名前空間が使われず、コンテナーの root がホストの root と同じです"
#     fix: "\"userns-remap\": \"default\" と書いてください。ボリュームの所有者が変わるため、先に試してください。"
package policies.daemon.dm209

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "userns-remap", "") == ""
	result := {"line": object.get(input.lines, "userns-remap", 0), "values": {}}
}
