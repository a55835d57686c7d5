# METADATA
# title: Several CMD or ENTRYPOINT in one stage
# description: >-
#   Only the last one counts. The others look as if they did something.
# custom:
#   id: DF041
#   severity: low
#   message: "{cmd} number {number} of this stage"
#   fix: Keep one.
#   kinds:
#     cmd: [DS016, DL4003, multiple_cmd_instructions_listed]
#     cmd_of_builder: [DS016, DL4003]
#     entrypoint: [DS007, DL4004, multiple_entrypoint_instructions_listed]
#     entrypoint_of_builder: [DS007, DL4004]
#   ja:
#     title: 1 つのステージに複数の CMD または ENTRYPOINT があります
#     description: 有効なのは最後の 1 つだけです。他は効いているように見えるだけです。
#     message: "このステージで {number} 個目の {cmd} です"
#     fix: 1 つだけ残してください。
package policies.dockerfile.df041

import data.lib.dockerfile as df

deny contains {"line": i.line, "kind": kind(cmd, stage), "values": {"cmd": upper(cmd), "number": position + 1}} if {
	some cmd in ["cmd", "entrypoint"]
	some stage in {i.stage | some i in input.instructions}
	all := [i | some i in input.instructions; i.stage == stage; i.cmd == cmd; not i.onbuild]
	some position, i in all
	position > 0
}

kind(cmd, stage) := cmd if {
	df.final(stage)
} else := concat("", [cmd, "_of_builder"])
