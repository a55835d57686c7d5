# METADATA
# title: The whole distribution is upgraded while building
# description: >-
#   The image then depends on the day of the build. Essential packages that change may not work in a
#   container.
# custom:
#   id: DF030
#   severity: low
#   message: "{program} {sub}"
#   fix: Take a newer base image instead, and install the packages that you need.
#   aliases: [DS024, DKL-DI-0003]
#   ja:
#     title: ビルド中にディストリビューション全体が更新されます
#     description: イメージがビルドした日に依存するようになります。更新された基本パッケージがコンテナで動作しないこともあります。
#     message: "{program} {sub}"
#     fix: 新しいベースイメージを使い、必要なパッケージだけをインストールしてください。
package policies.dockerfile.df030

import data.lib.packages as pk

deny contains {"line": op.line, "values": {"program": op.program, "sub": op.sub}} if {
	some op in pk.operations
	op.family == "apt"
	op.sub in {"dist-upgrade", "full-upgrade"}
}
