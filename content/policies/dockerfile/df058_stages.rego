# METADATA
# title: Stages without a good name, or files that others own
# description: >-
#   A stage that is copied from by its number gets another number when one is added before it. A
#   reserved name means something else to the builder. Programs that belong to who runs them can be
#   changed by who breaks in.
# custom:
#   id: DF058
#   severity: low
#   message: "{what}"
#   fix: Name stages with AS, avoid reserved names, and let root own programs.
#   kinds:
#     reserved: [DL3063]
#     unnamed: [using_unnamed_build_stages]
#     owner: [chown_flag_exists]
#   ja:
#     title: ステージ名が不適切か、ファイルの所有者が不適切です
#     description: 番号で参照されるステージは、前にステージが追加されると番号が変わります。予約された名前はビルダーにとって別の意味を持ちます。実行ユーザーが所有するプログラムは、侵入者に書き換えられます。
#     message: "{what}"
#     fix: ステージには AS で名前を付け、予約された名前を避け、プログラムは root の所有にしてください。
package policies.dockerfile.df058

deny contains {"line": s.line, "kind": "reserved", "values": {"what": concat(" ", ["AS", s.name])}} if {
	some s in input.stages
	s.name in {"scratch", "context"}
}

deny contains {"line": s.line, "kind": "unnamed", "values": {"what": concat("", ["FROM ", s.image.full, " (", sprintf("%d", [s.index]), ")"])}} if {
	some s in input.stages
	s.name == ""
	some i in input.instructions
	i.cmd == "copy"
	some from in i.flags.from
	from == sprintf("%d", [s.index])
	i.stage > s.index
}

deny contains {"line": i.line, "kind": "owner", "severity": "info", "values": {"what": concat("", [upper(i.cmd), " --chown=", owner])}} if {
	some i in input.instructions
	i.cmd in {"copy", "add"}
	some owner in i.flags.chown
	not split(owner, ":")[0] in {"root", "0"}
}
