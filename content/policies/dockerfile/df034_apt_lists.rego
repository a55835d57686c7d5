# METADATA
# title: Package lists stay in the image
# description: >-
#   The lists of apt take 20 to 50 MB, and are old as soon as the image is used.
# custom:
#   id: DF034
#   severity: low
#   message: "{program} {sub}, and the lists of packages stay"
#   fix: "Remove them in the same RUN: rm -rf /var/lib/apt/lists/* ."
#   aliases: [DL3009, DKL-DI-0005, apt_get_install_lists_were_not_deleted]
#   ja:
#     title: パッケージ一覧がイメージに残ります
#     description: apt の一覧は 20〜50 MB あり、イメージを使う頃には古くなっています。
#     message: "{program} {sub} の後にパッケージ一覧が残ります"
#     fix: 同じ RUN の中で rm -rf /var/lib/apt/lists/* を実行してください。
package policies.dockerfile.df034

import data.lib.dockerfile as df
import data.lib.packages as pk

deny contains {"line": op.line, "values": {"program": op.program, "sub": op.sub}} if {
	some run in df.final_runs
	op := [o | some o in pk.operations; o.run == run.index; o.family == "apt"; o.sub in {"update", "install"}][0]
	not clean(run)
}

clean(run) if df.removes(run, "/var/lib/apt")

clean(run) if df.removes(run, "/var/lib/*")

# Mounts keep the lists and what is downloaded out of the layer; the latter is removed by
# apt itself, unless somebody removed the file that says so.
clean(run) if {
	df.mounted(run, "/var/lib/apt/lists")
	df.mounted(run, "/var/cache/apt/archives")
}

clean(run) if {
	df.mounted(run, "/var/lib/apt/lists")
	not kept
}

kept if {
	some run in df.runs
	some c in run.commands
	c.name == "rm"
	some word in c.argv
	endswith(word, "docker-clean")
}
