# METADATA
# title: yum, dnf or zypper ask before they install
# description: >-
#   Nobody can answer while an image is built. The build ends there.
# custom:
#   id: DF039
#   severity: low
#   message: "{program} {sub} without {option}"
#   fix: "Add {option}."
#   kinds:
#     yum: [DL3030, yum_install_allows_manual_input]
#     dnf: [DL3038, missing_flag_from_dnf_install]
#     zypper: [DL3034, missing_zypper_non_interactive_switch]
#   ja:
#     title: yum、dnf、zypper がインストール前に確認を求めます
#     description: ビルド中は誰も答えられません。ビルドはそこで失敗します。
#     message: "{option} のない {program} {sub}"
#     fix: "-y(zypper では -n)を付けてください。"
package policies.dockerfile.df039

import data.lib.packages as pk

deny contains {"line": op.line, "kind": op.family, "values": {"program": op.program, "sub": op.sub, "option": option[op.family]}} if {
	some op in pk.installs
	op.final
	op.family in {"yum", "dnf", "zypper"}
	not answered(op)
}

option := {"yum": "-y", "dnf": "-y", "zypper": "-n"}

answered(op) if pk.letter(op, "y")

answered(op) if pk.option(op, {"--assumeyes", "--assumeno", "--yes", "--no-confirm", "--non-interactive", "--dry-run", "--downloadonly", "--download-only"})

answered(op) if {
	op.family == "zypper"
	pk.letter(op, "n")
}

answered(op) if {
	some word in op.argv
	regex.match(`assumeyes=["']?(1|true|yes)`, lower(word))
}

answered(op) if {
	commands := input.instructions[op.run].commands
	some c in commands
	c.name == "yes"
	c.pipe == commands[op.position].pipe
}
