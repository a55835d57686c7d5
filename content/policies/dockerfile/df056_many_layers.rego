# METADATA
# title: Several instructions that could be one
# description: >-
#   Each RUN, COPY or ADD is a layer. What one writes and the next removes stays in the image.
# custom:
#   id: DF056
#   severity: low
#   message: "{cmd} follows {cmd}"
#   fix: "Join them: RUN a && b, COPY a b /folder/."
#   kinds:
#     run: [DL3059, multiple_run_add_copy_instructions_listed]
#     files: [multiple_run_add_copy_instructions_listed]
#   ja:
#     title: 1 つにまとめられる命令が続いています
#     description: RUN、COPY、ADD はそれぞれ 1 つのレイヤーになります。前の命令が書き、次の命令が消したものもイメージに残ります。
#     message: "{cmd} の直後に {cmd} があります"
#     fix: RUN a && b や COPY a b /folder/ のようにまとめてください。
package policies.dockerfile.df056

deny contains {"line": i.line, "kind": kind(i, before), "values": {"cmd": upper(i.cmd)}} if {
	some i in input.instructions
	i.index > 0
	before := input.instructions[i.index - 1]
	i.cmd in {"run", "copy", "add"}
	before.cmd == i.cmd
	before.stage == i.stage
	before.onbuild == i.onbuild
	before.flags == i.flags
	together(i, before)
}

together(i, _) if i.cmd == "run"

# Files that go to one folder.
together(i, before) if {
	i.cmd != "run"
	i.target == before.target
}

kind(i, _) := "run" if i.cmd == "run"

kind(i, _) := "files" if i.cmd != "run"
