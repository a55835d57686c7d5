# METADATA
# title: The base image is "latest"
# description: >-
#   What latest means changes without notice. The same Dockerfile builds another image tomorrow, and
#   nobody can say which one is running.
# custom:
#   id: DF003
#   severity: medium
#   message: "base image {image} has the tag latest"
#   fix: Name a version, and best its digest, too.
#   aliases: [DS001, DL3007, CKV_DOCKER_7, image_version_using_latest]
#   ja:
#     title: ベースイメージが latest です
#     description: latest の指す内容は予告なく変わります。同じ Dockerfile が明日は別のイメージになり、何が動いているのか誰にも分からなくなります。
#     message: "ベースイメージ {image} のタグは latest です"
#     fix: バージョンを指定し、できればダイジェストも付けてください。
package policies.dockerfile.df003

import data.lib.dockerfile as df

deny contains {"line": s.line, "values": {"image": s.image.full}} if {
	some s in df.bases
	s.image.tag == "latest"
	s.image.digest == ""
}
