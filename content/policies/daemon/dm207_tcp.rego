# METADATA
# scope: package
# title: "Engine open on the network without TLS of both sides"
# description: "Who reaches the port is root on this machine."
# custom:
#   id: DM207
#   severity: critical
#   message: "the engine listens on TCP and does not check who calls"
#   fix: "Remove the tcp:// host and use ssh://, or set tlsverify with a certificate authority of your own."
#   aliases: [CIS 2.7]
#   ja:
#     title: "相互 TLS なしでネットワークに公開されたエンジン"
#     description: "このポートに到達できる人は、このマシンの root になれます。"
#     message: "エンジンが TCP で待ち受け、接続元を確認していません"
#     fix: "tcp:// を削除して ssh:// を使うか、独自の認証局で tlsverify を設定してください。"
package policies.daemon.dm207

import data.lib.value as values

verified if values.get(input.settings, "tlsverify", false) == true

deny contains result if {
	some host in values.get(input.settings, "hosts", [])
	is_string(host)
	startswith(host, "tcp://")
	not verified
	result := {"line": object.get(input.lines, "hosts", 0), "values": {}}
}
