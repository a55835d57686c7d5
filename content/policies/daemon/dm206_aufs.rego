# METADATA
# scope: package
# title: "Storage driver aufs"
# description: "aufs is an old patch to the kernel that nobody maintains, and known to end it."
# custom:
#   id: DM206
#   severity: low
#   message: "the storage driver is aufs"
#   fix: "Use overlay2."
#   aliases: [CIS 2.6]
#   ja:
#     title: "ストレージドライバー aufs"
#     description: "aufs は保守されていない古いカーネルパッチで、カーネルの異常終了が知られています。"
#     message: "ストレージドライバーが aufs です"
#     fix: "overlay2 を使ってください。"
package policies.daemon.dm206

import data.lib.value as values

deny contains result if {
	values.get(input.settings, "storage-driver", "") == "aufs"
	result := {"line": object.get(input.lines, "storage-driver", 0), "values": {}}
}
