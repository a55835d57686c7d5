# METADATA
# scope: package
# title: "An account has an empty password"
# description: "Who has no password can be become without one, by su or a login."
# custom:
#   id: IM002
#   severity: high
#   message: "{file}: {name} has an empty password"
#   fix: "Lock the account: passwd -l NAME, or an * in the second field."
#   aliases: [DKL-LI-0001]
#   ja:
#     title: "パスワードが空のアカウントがあります"
#     description: "パスワードの無いアカウントには、su やログインで誰でもなれます。"
#     message: "{file}: {name} のパスワードが空です"
#     fix: "passwd -l 名前、または 2 番目のフィールドを * にして、アカウントをロックしてください。"
package policies.image.im002

deny contains {"line": 0, "resource": concat(":", [a.file, a.name]), "values": {"file": a.file, "name": a.name}} if {
	some a in input.accounts
	a.open
}
