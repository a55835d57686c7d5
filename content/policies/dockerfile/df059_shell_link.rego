# METADATA
# title: The shell is changed by a link
# description: >-
#   Other programs of the image use /bin/sh, too, and get another one than they were made for.
# custom:
#   id: DF059
#   severity: low
#   message: "RUN links {target}"
#   fix: Use SHELL ["/bin/bash", "-c"].
#   aliases: [DL4005, changing_default_shell_using_run_command]
#   ja:
#     title: リンクによってシェルが変更されています
#     description: イメージの他のプログラムも /bin/sh を使っており、想定と違うシェルで動作することになります。
#     message: "RUN が {target} をリンクしています"
#     fix: SHELL ["/bin/bash", "-c"] を使ってください。
package policies.dockerfile.df059

import data.lib.dockerfile as df

deny contains {"line": c.line, "values": {"target": "/bin/sh"}} if {
	some i in df.runs
	some c in i.commands
	c.name == "ln"
	c.argv[count(c.argv) - 1] in {"/bin/sh", "/usr/bin/sh"}
}
