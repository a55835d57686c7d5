# METADATA
# scope: package
# title: "The image runs as root"
# description: "A break-in into the process is one into the container as root, and one step from the host."
# custom:
#   id: IM005
#   severity: high
#   message: "the user of the image is {user}"
#   fix: "Add USER with a number other than 0 at the end of the Dockerfile."
#   aliases: [CIS 4.1, CIS-DI-0001]
#   ja:
#     title: "イメージが root で動作します"
#     description: "プロセスへの侵入がそのままコンテナの root になり、ホストまであと一歩です。"
#     message: "イメージのユーザーは {user} です"
#     fix: "Dockerfile の最後に 0 以外の番号で USER を書いてください。"
package policies.image.im005

deny contains {"line": 0, "values": {"user": name}} if input.root == "yes"

default name := "root"

name := input.user if regex.match(`^(root|0+)(:|$)`, input.user)

name := sprintf("%s (0)", [input.user]) if not regex.match(`^((root|0+)(:|$)|$)`, input.user)
