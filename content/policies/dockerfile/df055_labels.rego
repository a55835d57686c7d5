# METADATA
# title: Labels that tools cannot read
# description: >-
#   Tools that look for labels expect names of lower case letters, digits, dots and hyphens, and a
#   value. Which labels an image should have is the setting "labels".
# custom:
#   id: DF055
#   severity: low
#   message: "label {name}: {what}"
#   fix: Rename it, or give it a value.
#   kinds:
#     name: [DL3048]
#     superfluous: [DL3050]
#     empty: [DL3051]
#   ja:
#     title: ツールが読めないラベルがあります
#     description: ラベルを探すツールは、英小文字、数字、ドット、ハイフンからなる名前と値を想定しています。イメージに付けるラベルは設定 labels で指定します。
#     message: "ラベル {name}: {what}"
#     fix: 名前を変えるか、値を付けてください。
package policies.dockerfile.df055

deny contains {"line": i.line, "kind": "name", "values": {"name": p.key, "what": "name"}} if {
	some [i, p] in labels
	not regex.match(`^[a-z0-9]([a-zA-Z0-9]|[._/-][a-zA-Z0-9])*$`, p.key)
}

deny contains {"line": i.line, "kind": "name", "values": {"name": p.key, "what": "name"}} if {
	some [i, p] in labels
	regex.match(`^[0-9]`, p.key)
}

deny contains {"line": i.line, "kind": "empty", "values": {"name": p.key, "what": "-"}} if {
	some [i, p] in labels
	p.value == ""
}

deny contains {"line": i.line, "kind": "superfluous", "values": {"name": p.key, "what": "-"}} if {
	known := data.settings.labels
	some [i, p] in labels
	not p.key in known
}

labels := [[i, p] |
	some i in input.instructions
	i.cmd == "label"
	some p in i.pairs
]
