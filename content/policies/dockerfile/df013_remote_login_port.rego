# METADATA
# title: A port for logins or for control of the host is exposed
# description: >-
#   SSH, telnet, remote desktops and the API of the engine are not what a container is for. Each is
#   another way in.
# custom:
#   id: DF013
#   severity: medium
#   message: "port {port} is exposed"
#   fix: "Remove it: use docker exec, and the network of the host for its own services."
#   aliases: [CIS 5.7, DS004, CKV_DOCKER_1, exposing_port_22]
#   ja:
#     title: ログイン用またはホスト制御用のポートが公開されています
#     description: SSH、telnet、リモートデスクトップ、エンジンの API はコンテナの役割ではありません。どれも侵入口になります。
#     message: "ポート {port} が公開されています"
#     fix: 削除して docker exec を使い、ホスト自身のサービスはホストのネットワークで提供してください。
package policies.dockerfile.df013

deny contains {"line": i.line, "values": {"port": port}} if {
	some i in input.instructions
	i.cmd == "expose"
	some word in i.args
	range := regex.find_all_string_submatch_n(`^"?([0-9]{1,9})(?:-([0-9]{1,9}))?(?:/[a-zA-Z]+)?"?$`, word, 1)[0]
	low := to_number(range[1])
	high := max([low, to_number_or(range[2], low)])
	some port in [22, 23, 512, 513, 514, 2375, 2376, 3389, 5900]
	port >= low
	port <= high
	high - low < 30000
}

to_number_or(text, other) := other if text == ""

to_number_or(text, _) := to_number(text) if text != ""
