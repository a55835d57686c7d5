# METADATA
# scope: package
# title: "Port bound to all interfaces"
# description: "The port is open on every network of the host, past the rules of most host firewalls: the engine writes its own."
# custom:
#   id: WL024
#   severity: medium
#   message: "the port {port} is bound to all interfaces"
#   fix: "Bind it to an address: \"127.0.0.1:8080:80\" behind a reverse proxy on the same host."
#   aliases: [CIS 5.14, CL-0005, container_traffic_not_bound_to_host_interface]
#   ja:
#     title: "全インターフェースへのポート公開"
#     description: "ホストのすべてのネットワークでポートが開きます。エンジンが独自の規則を書くため、多くのホストのファイアウォールでは防げません。"
#     message: "ポート {port} が全インターフェースに公開されています"
#     fix: "同じホストのリバースプロキシから使う場合は \"127.0.0.1:8080:80\" のようにアドレスを指定してください。"
package policies.workload.wl024

deny contains result if {
	some w in input.workloads
	some p in w.ports
	p.all_interfaces
	result := {"line": p.line, "resource": w.name, "values": {"port": p.text}}
}
