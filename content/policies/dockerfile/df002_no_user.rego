# METADATA
# title: The image names no user
# description: >-
#   Without USER the image runs as the user of its base, which is root for nearly all of them.
# custom:
#   id: DF002
#   severity: high
#   message: no USER in the image
#   fix: End the Dockerfile with a user without rights, such as USER 10001.
#   aliases: [CIS 4.1, DS002, CKV_DOCKER_3, missing_user_instruction]
#   ja:
#     title: イメージにユーザーの指定がありません
#     description: USER がなければ、イメージはベースイメージのユーザーで動作します。ほとんどの場合それは root です。
#     message: イメージに USER がありません
#     fix: Dockerfile の最後に USER 10001 のように権限のないユーザーを指定してください。
package policies.dockerfile.df002

import data.lib.dockerfile as df

deny contains {"line": s.line, "values": {}} if {
	some s in input.stages
	s.last
	count([i | some i in df.chain; i.cmd == "user"; not i.onbuild]) == 0
	not unprivileged
}

# unprivileged holds for bases that are made to run without root, and for the empty one,
# which knows no users.
unprivileged if {
	some s in input.stages
	s.final
	s.parent < 0
	regex.match(`(^|[:/_.-])(nonroot|unprivileged|rootless)([:/_.-]|$)|^scratch$`, s.image.full)
}
