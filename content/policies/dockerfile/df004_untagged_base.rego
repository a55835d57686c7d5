# METADATA
# title: The base image has no tag
# description: >-
#   Without a tag the newest image is taken, whatever it is. The build of tomorrow is another one.
# custom:
#   id: DF004
#   severity: medium
#   message: "base image {image} has no tag"
#   fix: Name a version, and best its digest, too.
#   aliases: [DS001, DL3006, CKV_DOCKER_7, image_version_not_explicit]
#   ja:
#     title: ベースイメージにタグがありません
#     description: タグがなければ、その時点で最新のイメージが使われます。明日のビルドは別のものになります。
#     message: "ベースイメージ {image} にタグがありません"
#     fix: バージョンを指定し、できればダイジェストも付けてください。
package policies.dockerfile.df004

import data.lib.dockerfile as df

deny contains {"line": s.line, "values": {"image": s.image.full}} if {
	some s in df.bases
	s.image.tag == ""
	s.image.digest == ""
}
