# METADATA
# title: sudo in a RUN
# description: >-
#   Commands run as the user that USER names. sudo has effects that are hard to foresee, and stays in
#   the image as a way to become root.
# custom:
#   id: DF017
#   severity: medium
#   message: RUN calls sudo
#   fix: Put what needs root before USER, and leave sudo out of the image.
#   aliases: [DS010, DL3004, CKV2_DOCKER_1, DKL-DI-0001, run_using_sudo]
#   ja:
#     title: RUN で sudo が使われています
#     description: コマンドは USER で指定されたユーザーで動作します。sudo の影響は予測しにくく、root になる手段としてイメージに残ります。
#     message: RUN が sudo を呼び出しています
#     fix: root が必要な処理は USER の前に置き、sudo をイメージに入れないでください。
package policies.dockerfile.df017

import data.lib.dockerfile as df

deny contains {"line": c.line, "values": {}} if {
	some i in df.runs
	some c in i.commands
	c.name == "sudo"
}
