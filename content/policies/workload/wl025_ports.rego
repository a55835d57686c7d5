# METADATA
# scope: package
# title: "Privileged or administrative port published"
# description: "A port below 1024 belongs to a service of the host; a database or remote login on a published port is tried by the whole Internet."
# custom:
#   id: WL025
#   severity: medium
#   message: "the port {port} is published"
#   fix: "Do not publish it: containers of one network reach each other without. Otherwise bind it to one address and a port above 1023."
#   aliases: [CIS 5.7, CIS 5.8, CIS 5.9, privileged_ports_mapped_in_container]
#   ja:
#     title: "特権ポートまたは管理用ポートの公開"
#     description: "1024 未満のポートはホストのサービス用です。公開されたデータベースやリモートログインはインターネット全体から試行されます。"
#     message: "ポート {port} が公開されています"
#     fix: "公開しないでください。同じネットワークのコンテナー同士は公開しなくても通信できます。必要な場合は特定のアドレスと 1024 以上のポートを使ってください。"
package policies.workload.wl025

# Ports of databases and administration: nobody but the service's own network needs them.
admin := {22, 23, 111, 135, 139, 445, 1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 5432, 5900, 5984, 6379, 9042, 9200, 11211, 27017}

within(first, last, port) if {
	first > 0
	first <= port
	port <= last
}

# The ports of the Web are where people expect them.
severity(p) := "low" if {
	p.host_last == p.host_first
	p.host_first in {80, 443}
} else := "medium"

deny contains result if {
	some w in input.workloads
	some p in w.ports
	p.host_first > 0
	p.host_first < 1024
	result := {"line": p.line, "resource": w.name, "values": {"port": p.text}, "severity": severity(p)}
}

deny contains result if {
	some w in input.workloads
	some p in w.ports
	p.host_first == 0
	p.first > 0
	p.first < 1024
	result := {"line": p.line, "resource": w.name, "values": {"port": p.text}, "severity": severity(p)}
}

deny contains result if {
	some w in input.workloads
	some p in w.ports
	p.all_interfaces
	p.host_first >= 1024
	count([a | some a in admin; within(p.first, p.last, a)]) > 0
	result := {"line": p.line, "resource": w.name, "values": {"port": p.text}, "severity": severity(p)}
}
