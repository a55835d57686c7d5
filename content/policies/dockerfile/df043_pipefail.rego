# METADATA
# title: A pipe whose first command may fail unseen
# description: >-
#   The result of a pipe is that of its last command. When the download before it fails, the build goes
#   on.
# custom:
#   id: DF043
#   severity: low
#   message: a pipe without pipefail
#   fix: Set SHELL ["/bin/bash", "-o", "pipefail", "-c"], or begin the RUN with set -o pipefail.
#   aliases: [DL4006]
#   kinds:
#     posix: [shell_running_a_pipe_without_pipefail_flag]
#     foreign: []
#   ja:
#     title: パイプの先頭のコマンドが失敗しても気付けません
#     description: パイプの結果は最後のコマンドの結果です。その前のダウンロードが失敗してもビルドは続きます。
#     message: pipefail のないパイプ
#     fix: SHELL ["/bin/bash", "-o", "pipefail", "-c"] を設定するか、RUN を set -o pipefail で始めてください。
package policies.dockerfile.df043

import data.lib.dockerfile as df

deny contains {"line": first, "kind": kind(i), "values": {}} if {
	some i in df.runs
	lines := [c.line | some c in i.commands; c.pipe; c.op == "|"]
	count(lines) > 0
	first := min(lines)
	not careful(i.shell)
	not set(i)
}

careful(words) if {
	some word in words
	contains(word, "pipefail")
}

set(i) if {
	some c in i.commands
	c.name in array.concat(["set"], [s | some s in df.shells])
	some word in c.argv
	word == "pipefail"
}

# What another kind of shell writes into a pipe.
kind(i) := "foreign" if {
	some c in i.commands
	c.pipe
	c.name in {"pwsh", "powershell", "cmd", "cmd.exe", "powershell.exe"}
} else := "posix"
