# METADATA
# scope: package
# title: "Files of the engine are not audited"
# description: "Without audit rules nobody can tell who changed the daemon, its settings or its data."
# custom:
#   id: DM101
#   severity: low
#   message: "{path} is not watched by the audit daemon"
#   fix: "Add \"-w PATH -k docker\" to /etc/audit/rules.d/docker.rules and load it."
#   aliases: [CIS 1.1.3, CIS 1.1.4, CIS 1.1.5, CIS 1.1.6, CIS 1.1.7, CIS 1.1.8, CIS 1.1.9, CIS 1.1.10, CIS 1.1.11, CIS 1.1.12, CIS 1.1.13, CIS 1.1.14, CIS 1.1.15, CIS 1.1.16, CIS 1.1.17, CIS 1.1.18]
#   ja:
#     title: "エンジンのファイルが監査されていない"
#     description: "監査規則がないと、誰がデーモンやその設定、データを変更したか分かりません。"
#     message: "{path} が監査デーモンで監視されていません"
#     fix: "/etc/audit/rules.d/docker.rules に \"-w パス -k docker\" を加えて読み込んでください。"
package policies.daemon.dm101

deny contains result if {
	some path in input.host.expected
	not watched(path)
	result := {"line": 0, "resource": path, "values": {"path": path}}
}

watched(path) if {
	some rule in input.host.audited
	rule == path
}

watched(path) if {
	some rule in input.host.audited
	startswith(path, concat("", [rule, "/"]))
}
