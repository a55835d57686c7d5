# METADATA
# title: A secret is given as a build argument
# description: >-
#   The values of ARGs stand in the history of the image and in the provenance of the build. Whoever has
#   the image reads them with docker history.
# custom:
#   id: DF012
#   severity: high
#   message: "ARG {name} is for a secret"
#   fix: Use RUN --mount=type=secret,id=… and docker build --secret.
#   aliases: [CIS 4.10, DS031]
#   ja:
#     title: シークレットがビルド引数で渡されています
#     description: ARG の値はイメージの履歴とビルドの来歴に残ります。イメージを持つ人は docker history で読めます。
#     message: "ARG {name} はシークレット用です"
#     fix: RUN --mount=type=secret,id=… と docker build --secret を使ってください。
package policies.dockerfile.df012

import data.lib.secrets

deny contains {"line": i.line, "values": {"name": p.key}} if {
	some i in input.instructions
	i.cmd == "arg"
	some p in i.pairs
	secrets.named(p.key)
	not secrets.literal(p.value)
}
