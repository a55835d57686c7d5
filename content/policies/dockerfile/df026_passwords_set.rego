# METADATA
# title: A password is set or removed while building
# description: >-
#   The password stands in the history of the image and is the same in every container. An account
#   without one lets everybody in.
# custom:
#   id: DF026
#   severity: high
#   message: "{what}"
#   fix: Leave accounts without logins. Services that need a password get it at run time.
#   aliases: [DKL-LI-0001]
#   kinds:
#     chpasswd: [CKV2_DOCKER_17]
#     other: []
#   ja:
#     title: ビルド中にパスワードが設定または削除されています
#     description: パスワードはイメージの履歴に残り、すべてのコンテナで同じになります。パスワードのないアカウントには誰でも入れます。
#     message: "{what}"
#     fix: アカウントでログインできないようにし、パスワードが必要なサービスには実行時に渡してください。
package policies.dockerfile.df026

import data.lib.dockerfile as df

deny contains {"line": c.line, "kind": "chpasswd", "values": {"what": "chpasswd"}} if {
	some i in df.runs
	some c in i.commands
	c.name == "chpasswd"
}

deny contains {"line": c.line, "kind": "other", "values": {"what": concat(" ", array.slice(c.argv, 0, 2))}} if {
	some i in df.runs
	some c in i.commands
	c.name == "passwd"
	some word in c.argv
	word in {"-d", "--delete", "-ud", "-du", "--stdin"}
}

deny contains {"line": c.line, "kind": "other", "values": {"what": concat("", [c.name, " -p"])}} if {
	some i in df.runs
	some c in i.commands
	c.name in {"useradd", "usermod"}
	some word in c.argv
	word in {"-p", "--password"}
}
