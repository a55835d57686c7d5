# METADATA
# title: A step has more rights than it needs, or a server for logins is installed
# description: >-
#   A RUN with --security=insecure is privileged on the builder, one with --network=host reaches its
#   services. A server for logins in a container is another way in with accounts of its own.
# custom:
#   id: DF046
#   severity: high
#   message: "{what}"
#   fix: Build without the entitlement. Enter containers with docker exec.
#   kinds:
#     entitlement: []
#     login: [CIS 4.3, CIS 5.7]
#   ja:
#     title: 手順に必要以上の権限があるか、ログイン用サーバーがインストールされています
#     description: "--security=insecure の RUN はビルダー上で特権を持ち、--network=host の RUN はビルダーのサービスに届きます。コンテナ内のログイン用サーバーは、独自のアカウントを持つもう 1 つの侵入口です。"
#     message: "{what}"
#     fix: この権限を使わずにビルドしてください。コンテナには docker exec で入ってください。
package policies.dockerfile.df046

import data.lib.dockerfile as df
import data.lib.packages as pk

deny contains {"line": i.line, "kind": "entitlement", "values": {"what": sprintf("RUN --%s=%s", [name, value])}} if {
	some i in df.runs
	some [name, value] in [["security", "insecure"], ["network", "host"]]
	value in i.flags[name]
}

deny contains {"line": op.line, "kind": "login", "values": {"what": concat(" ", [op.program, op.sub, item])}} if {
	some op in pk.adds
	op.final
	some item in op.packages
	split(split(item, "=")[0], "-1")[0] in {"openssh-server", "openssh", "dropbear", "telnetd", "telnet-server", "rsh-server", "rsh-redone-server", "xrdp", "vsftpd", "ssh"}
}
