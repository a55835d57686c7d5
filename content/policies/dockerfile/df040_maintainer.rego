# METADATA
# title: MAINTAINER is deprecated
# description: >-
#   Builders warn of it. A label says the same and can be searched for.
# custom:
#   id: DF040
#   severity: low
#   message: "MAINTAINER {name}"
#   fix: Use LABEL org.opencontainers.image.authors="…".
#   aliases: [DS022, DL4000, CKV_DOCKER_6, maintainer_instruction_being_used]
#   ja:
#     title: MAINTAINER は非推奨です
#     description: ビルダーが警告します。ラベルなら同じことを書けて、検索もできます。
#     message: "MAINTAINER {name}"
#     fix: LABEL org.opencontainers.image.authors="…" を使ってください。
package policies.dockerfile.df040

deny contains {"line": i.line, "values": {"name": i.value}} if {
	some i in input.instructions
	i.cmd == "maintainer"
	not i.onbuild
}
