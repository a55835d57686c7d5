# METADATA
# title: COPY that does not do what it says
# description: >-
#   A stage that is not there, or a name that two stages have, gives other files than meant. Several
#   files need a folder as their target.
# custom:
#   id: DF044
#   severity: medium
#   message: "{what}"
#   fix: Name each stage once, copy from stages that come before, and end the target of several files with /.
#   kinds:
#     self: [DS006, DL3023, copy_from_references_current_from_alias]
#     unknown: [DL3022]
#     alias: [DS012, DL3024, CKV_DOCKER_11, same_alias_in_different_froms]
#     slash: [DS011, DL3021, copy_with_more_than_two_arguments_not_ending_with_slash]
#   ja:
#     title: 書かれたとおりに動作しない COPY があります
#     description: 存在しないステージや、2 つのステージで重複する名前からは、意図と違うファイルがコピーされます。複数のファイルのコピー先はフォルダでなければなりません。
#     message: "{what}"
#     fix: ステージ名は 1 度だけ使い、前にあるステージからコピーし、複数ファイルのコピー先は / で終えてください。
package policies.dockerfile.df044

# From the stage itself.
deny contains {"line": input.instructions[i].line, "kind": "self", "values": {"what": concat("", ["COPY --from=", from])}} if {
	some i, from in froms
	from_self(i, from)
}

from_self(i, from) if {
	s := input.stages[input.instructions[i].stage]
	s.name == lower(from)
	s.name != ""
}

from_self(i, from) if from == sprintf("%d", [input.instructions[i].stage])

# From a stage that is not there; an image has a tag, a digest or a registry.
deny contains {"line": input.instructions[i].line, "kind": "unknown", "values": {"what": concat("", ["COPY --from=", from])}} if {
	some i, from in froms
	not from_self(i, from)
	not contains(from, "$")
	not regex.match(`[:/@]`, from)
	not earlier(i, from)
}

earlier(i, from) if {
	some s in input.stages
	s.index < input.instructions[i].stage
	lower(from) in {s.name, sprintf("%d", [s.index])}
}

froms[i.index] := from if {
	some i in input.instructions
	i.cmd == "copy"
	some from in i.flags.from
}

# Two stages of one name.
deny contains {"line": s.line, "kind": "alias", "values": {"what": concat(" ", ["AS", s.name])}} if {
	some s in input.stages
	s.name != ""
	some other in input.stages
	other.index < s.index
	other.name == s.name
}

# Several files into what is no folder.
deny contains {"line": i.line, "kind": "slash", "values": {"what": concat(" ", [upper(i.cmd), "…", i.target])}} if {
	some i in input.instructions
	i.cmd in {"copy", "add"}
	count(i.sources) > 1
	not regex.match(`/$|^\.{1,2}$|\$`, i.target)
}
