# METADATA
# title: What package managers downloaded stays in the image
# description: >-
#   Metadata and packages of yum, dnf and zypper take tens of megabytes that nothing uses again.
# custom:
#   id: DF035
#   severity: low
#   message: "{program} {sub}, and what was downloaded stays"
#   fix: "End the same RUN with {program} clean all."
#   kinds:
#     dnf: [DS019, DL3040, missing_dnf_clean_all]
#     yum: [DS015, DL3032, yum_clean_all_missing]
#     zypper: [DS020, DL3036, missing_zypper_clean]
#   ja:
#     title: パッケージマネージャーのダウンロードがイメージに残ります
#     description: yum、dnf、zypper のメタデータやパッケージは数十 MB あり、二度と使われません。
#     message: "{program} {sub} の後にダウンロードしたものが残ります"
#     fix: 同じ RUN の最後に clean all を実行してください。
package policies.dockerfile.df035

import data.lib.dockerfile as df
import data.lib.packages as pk

deny contains {"line": op.line, "kind": op.family, "values": {"program": op.program, "sub": op.sub}} if {
	some op in pk.operations
	op.final
	op.sub in installing[op.family]
	not cleaned(op)
	not cached(op)
}

installing := object.union(
	{family: subs | some family, subs in pk.installing; family in {"yum", "dnf"}},
	{"zypper": pk.installing.zypper | {"refresh", "ref"}},
)

caches := {
	"yum": ["/var/cache/yum", "/var/cache/dnf"],
	"dnf": ["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"],
	"zypper": ["/var/cache/zypp"],
}

# Cleaning counts when it comes after, by a program of the same cache.
cleaned(op) if {
	some other in pk.operations
	other.run == op.run
	other.position > op.position
	other.family == op.family
	other.sub in {"clean", "cc"}
}

cleaned(op) if {
	some position, c in input.instructions[op.run].commands
	position > op.position
	some folder in array.concat(caches[op.family], ["/var/cache/*"])
	df.removal(c, folder)
}

cached(op) if {
	some folder in caches[op.family]
	df.mounted(input.instructions[op.run], folder)
}
