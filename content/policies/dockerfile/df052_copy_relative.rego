# METADATA
# title: COPY to a relative folder without WORKDIR
# description: >-
#   Where the files go depends on the base image, and changes with it.
# custom:
#   id: DF052
#   severity: low
#   message: "{cmd} to {target} without a WORKDIR"
#   fix: Set WORKDIR before, or name the whole path.
#   aliases: [DL3045]
#   ja:
#     title: WORKDIR のない相対パスへの COPY があります
#     description: ファイルの置き場所がベースイメージに依存し、それとともに変わります。
#     message: "WORKDIR なしで {target} への {cmd}"
#     fix: 先に WORKDIR を設定するか、完全なパスを指定してください。
package policies.dockerfile.df052

deny contains {"line": i.line, "values": {"cmd": upper(i.cmd), "target": i.target}} if {
	some i in input.instructions
	i.cmd == "copy"
	not i.onbuild
	not regex.match(`^[/$\\]|^[A-Za-z]:`, i.target)
	not placed(i)
}

placed(i) if {
	some w in input.instructions
	w.cmd == "workdir"
	w.index < i.index
	w.stage in stages(i.stage)
}

# The stages that a stage begins with, and itself.
stages(stage) := {stage} if stage < 0

stages(stage) := graph.reachable(parents, {stage}) if stage >= 0

parents[s.index] := {p | some p in [s.parent]; p >= 0} if some s in input.stages
