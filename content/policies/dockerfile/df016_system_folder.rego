# METADATA
# title: WORKDIR or VOLUME is a folder of the system
# description: >-
#   Files of the application get mixed with those of the system, or a volume hides them. Updates of the
#   base image then do not arrive.
# custom:
#   id: DF016
#   severity: high
#   message: "{cmd} {folder} is a folder of the system"
#   fix: Use a folder of its own, such as /app or /data.
#   aliases: [DS030, DKL-DI-0002]
#   ja:
#     title: WORKDIR または VOLUME がシステムのフォルダです
#     description: アプリケーションのファイルがシステムのファイルと混ざったり、ボリュームに隠れたりします。ベースイメージの更新も届かなくなります。
#     message: "{cmd} {folder} はシステムのフォルダです"
#     fix: /app や /data のような専用のフォルダを使ってください。
package policies.dockerfile.df016

deny contains {"line": i.line, "values": {"cmd": upper(i.cmd), "folder": folder}} if {
	some i in input.instructions
	some folder in folders(i)
	regex.match(`^/(bin|boot|dev|etc|lib|lib32|lib64|proc|run|sbin|sys|usr|usr/(bin|lib|lib64|sbin)|var/run|var/spool/cron)/?$`, folder)
}

deny contains {"line": i.line, "values": {"cmd": "VOLUME", "folder": folder}} if {
	some i in input.instructions
	i.cmd == "volume"
	some folder in i.args
	regex.match(`^/(root|var|home)?/?$`, folder)
}

folders(i) := [trim(i.value, " \"'")] if i.cmd == "workdir"

folders(i) := i.args if i.cmd == "volume"
