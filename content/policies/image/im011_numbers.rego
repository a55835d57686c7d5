# METADATA
# scope: package
# title: "Two accounts have one number"
# description: "They are the same to the kernel: what is one's is the other's, whatever their names are."
# custom:
#   id: IM011
#   severity: high
#   message: "{file}: {name} has the number {id}, as {other} has"
#   fix: "Give each account a number of its own."
#   aliases: [DKL-LI-0002]
#   ja:
#     title: "番号が重複したアカウントがあります"
#     description: "番号が同じアカウントは、名前が違ってもカーネルにとって同一で、一方のものは他方のものです。"
#     message: "{file}: {name} の番号 {id} は {other} と同じです"
#     fix: "アカウントごとに番号を分けてください。"
package policies.image.im011

deny contains {"line": 0, "resource": concat(":", [a.file, a.name]), "severity": level(a), "values": {"file": a.file, "name": a.name, "id": sprintf("%d", [a.id]), "other": input.accounts[first].name}} if {
	some i, a in input.accounts
	a.id >= 0
	first := holders[a.file][a.id]
	first < i
	input.accounts[first].name != a.name
}

# holders say who has a number first, by file.
holders[file][id] := min(places) if {
	some file, numbers in grouped
	some id, places in numbers
}

grouped[a.file][a.id] contains i if some i, a in input.accounts

# A second root is worse than two names for a service.
default level(_) := "low"

level(a) := "high" if {
	a.kind == "user"
	a.id == 0
}
