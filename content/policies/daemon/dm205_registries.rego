# METADATA
# scope: package
# title: "Insecure registries"
# description: "Images of these registries come without encryption, or from whoever answers in their place."
# custom:
#   id: DM205
#   severity: high
#   message: "insecure registries are allowed"
#   fix: "Give the registry a certificate, below /etc/docker/certs.d when it is of your own authority, and remove the key."
#   aliases: [CIS 2.5]
#   ja:
#     title: "安全でないレジストリー"
#     description: "暗号化されない、またはなりすましのレジストリーからイメージが取得されます。"
#     message: "安全でないレジストリーが許可されています"
#     fix: "レジストリーに証明書を設定し (独自の認証局なら /etc/docker/certs.d)、このキーを削除してください。"
package policies.daemon.dm205

import data.lib.value as values

deny contains result if {
	values.size(values.get(input.settings, "insecure-registries", [])) > 0
	result := {"line": object.get(input.lines, "insecure-registries", 0), "values": {}}
}
