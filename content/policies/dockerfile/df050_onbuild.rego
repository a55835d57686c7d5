# METADATA
# title: ONBUILD with an instruction that it may not have
# description: >-
#   ONBUILD of ONBUILD, FROM or MAINTAINER fails in the build that uses the image.
# custom:
#   id: DF050
#   severity: low
#   message: "ONBUILD {cmd}"
#   fix: Put the instruction into the Dockerfiles that use the image.
#   aliases: [DL3043]
#   ja:
#     title: ONBUILD に使えない命令が指定されています
#     description: ONBUILD に ONBUILD、FROM、MAINTAINER を指定すると、このイメージを使うビルドで失敗します。
#     message: "ONBUILD {cmd}"
#     fix: その命令は、このイメージを使う Dockerfile に書いてください。
package policies.dockerfile.df050

deny contains {"line": i.line, "values": {"cmd": upper(cmd)}} if {
	some i in input.instructions
	some cmd in i.triggers
	cmd in {"onbuild", "from", "maintainer"}
}
