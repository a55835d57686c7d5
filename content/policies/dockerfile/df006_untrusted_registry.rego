# METADATA
# title: The base image comes from a registry that is not allowed
# description: >-
#   An image brings everything that its maker put into it. Only registries that somebody decided to
#   trust should be asked. The list is the setting "registries"; without it this check says nothing.
# custom:
#   id: DF006
#   severity: medium
#   message: "base image {image} comes from {registry}"
#   fix: Take the image from an allowed registry, or add this one to the setting "registries".
#   aliases: [CIS 4.2, DL3026]
#   ja:
#     title: ベースイメージが許可されていないレジストリのものです
#     description: イメージには、作成者が入れたものすべてが含まれます。信頼すると決めたレジストリだけを使ってください。一覧は設定 registries で指定します。設定がなければこの検査は何も報告しません。
#     message: "ベースイメージ {image} は {registry} のものです"
#     fix: 許可されたレジストリのイメージを使うか、設定 registries に追加してください。
package policies.dockerfile.df006

import data.lib.dockerfile as df

deny contains {"line": s.line, "values": {"image": s.image.full, "registry": s.image.registry}} if {
	allowed := data.settings.registries
	some s in df.bases
	not s.image.registry in allowed
}
