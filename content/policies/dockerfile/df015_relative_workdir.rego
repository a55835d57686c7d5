# METADATA
# title: WORKDIR is relative
# description: >-
#   A relative folder depends on what the base image or an earlier line chose. When that changes, files
#   go elsewhere.
# custom:
#   id: DF015
#   severity: low
#   message: "WORKDIR {folder} is relative"
#   fix: Begin it with /.
#   aliases: [DS009, DL3000, CKV_DOCKER_10, workdir_path_not_absolute]
#   ja:
#     title: WORKDIR が相対パスです
#     description: 相対パスは、ベースイメージや前の行の指定に依存します。それが変わるとファイルの場所も変わります。
#     message: "WORKDIR {folder} は相対パスです"
#     fix: / から始めてください。
package policies.dockerfile.df015

deny contains {"line": i.line, "values": {"folder": folder}} if {
	some i in input.instructions
	i.cmd == "workdir"
	folder := trim(i.value, " \"'")
	not regex.match(`^[/$\\~%]|^[A-Za-z]:`, folder)
}
