# METADATA
# title: apt instead of apt-get
# description: >-
#   apt is for people at a terminal. What it prints and asks changes from version to version.
# custom:
#   id: DF031
#   severity: low
#   message: "apt {sub}"
#   fix: Use apt-get or apt-cache.
#   aliases: [DL3027, CKV_DOCKER_9]
#   ja:
#     title: apt-get ではなく apt が使われています
#     description: apt は端末で使う人のためのものです。出力や確認の仕方がバージョンごとに変わります。
#     message: "apt {sub}"
#     fix: apt-get または apt-cache を使ってください。
package policies.dockerfile.df031

import data.lib.packages as pk

deny contains {"line": op.line, "values": {"sub": op.sub}} if {
	some op in pk.operations
	op.program == "apt"
}
