# METADATA
# title: Commands that make no sense in a container
# description: >-
#   Services, mounts and power of the machine are not the business of an image. What such a command does
#   while building is gone afterwards, or fails.
# custom:
#   id: DF047
#   severity: low
#   message: "RUN {program}"
#   fix: Remove it.
#   aliases: [DL3001, run_utilities_and_posix_commands]
#   ja:
#     title: コンテナでは意味のないコマンドがあります
#     description: サービス、マウント、電源の管理はイメージの役割ではありません。ビルド中に実行しても後に残らないか、失敗します。
#     message: "RUN {program}"
#     fix: 削除してください。
package policies.dockerfile.df047

import data.lib.dockerfile as df

deny contains {"line": c.line, "values": {"program": c.name}} if {
	some i in df.runs
	some c in i.commands
	c.name in {"ssh", "vim", "nano", "shutdown", "reboot", "service", "systemctl", "ps", "free", "top", "kill", "mount", "umount", "ifconfig", "iptables"}
	not harmless(c)
}

# What only writes files.
harmless(c) if {
	c.name == "systemctl"
	some word in c.argv
	word in {"enable", "disable", "mask", "set-default", "preset"}
}
