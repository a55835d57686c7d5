# METADATA
# title: The base image is not pinned by its digest
# description: >-
#   A tag can be moved to another image by whoever may push, also by somebody who stole the right to.
#   Only a digest names one image.
# custom:
#   id: DF005
#   severity: low
#   message: "base image {image} is not pinned by a digest"
#   fix: Write the digest behind the tag, such as image:1.2@sha256:…, and let a bot keep it current.
#   ja:
#     title: ベースイメージがダイジェストで固定されていません
#     description: タグは、プッシュできる人なら誰でも(権限を盗んだ者でも)別のイメージに付け替えられます。1 つのイメージを指すのはダイジェストだけです。
#     message: "ベースイメージ {image} がダイジェストで固定されていません"
#     fix: image:1.2@sha256:… のようにタグの後にダイジェストを書き、ボットで更新してください。
package policies.dockerfile.df005

import data.lib.dockerfile as df

deny contains {"line": s.line, "values": {"image": s.image.full}} if {
	some s in df.bases
	s.image.digest == ""
}
