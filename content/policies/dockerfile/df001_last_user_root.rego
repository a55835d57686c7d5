# METADATA
# title: The image runs as root
# description: >-
#   A process that runs as root in a container is root for the kernel, too. Whoever breaks out of it, or
#   reaches a mounted folder, has all rights there.
# custom:
#   id: DF001
#   severity: high
#   message: "the last USER of the image is {user}"
#   fix: Name a user without rights after the last instruction that needs root, such as USER 10001.
#   aliases: [CIS 4.1, DS002, DL3002, CKV_DOCKER_8, last_user_is_root]
#   ja:
#     title: イメージが root で動作します
#     description: コンテナ内の root はカーネルから見ても root です。コンテナから抜け出したり、マウントされたフォルダに到達した攻撃者は、そこであらゆる権限を持ちます。
#     message: "イメージの最後の USER は {user} です"
#     fix: root が必要な最後の命令の後に、USER 10001 のように権限のないユーザーを指定してください。
package policies.dockerfile.df001

import data.lib.dockerfile as df

deny contains {"line": last.line, "values": {"user": last.value}} if {
	users := [i | some i in df.chain; i.cmd == "user"; not i.onbuild]
	last := users[count(users) - 1]
	root(split(trim(last.value, "\"'"), ":")[0])
}

root("root")

root(user) if regex.match("^0+$", user)
