# METADATA
# title: Package lists are updated in a layer of their own
# description: >-
#   The layer is cached. Packages that are installed later are looked up in lists that may be months
#   old, without the repairs since.
# custom:
#   id: DF029
#   severity: medium
#   message: "{program} {sub} without an install in the same RUN"
#   fix: "Join it with the install: apt-get update && apt-get install -y … ."
#   aliases: [CIS 4.7, DS017, CKV_DOCKER_5]
#   kinds:
#     used: [update_instruction_alone]
#     unused: []
#   ja:
#     title: パッケージ一覧の更新だけのレイヤーがあります
#     description: このレイヤーはキャッシュされます。後でインストールされるパッケージは、数か月前の一覧から選ばれ、その後の修正が含まれないことがあります。
#     message: "同じ RUN にインストールのない {program} {sub}"
#     fix: apt-get update && apt-get install -y … のように、インストールと 1 つにまとめてください。
package policies.dockerfile.df029

import data.lib.packages as pk

deny contains {"line": op.line, "kind": kind(op), "values": {"program": op.program, "sub": op.sub}} if {
	some op in pk.operations
	op.sub in updates[op.family]
	not installed(op)
}

updates := {"apt": {"update"}, "apk": {"update"}, "yum": {"update", "makecache"}, "dnf": {"makecache", "check-update"}, "zypper": {"refresh", "ref"}}

installed(op) if {
	some other in pk.operations
	other.run == op.run
	other.family == op.family
	other.position != op.position
	not other.sub in updates[op.family]
}

# Another program that installs packages: apt update && install nginx.
installed(op) if {
	some c in input.instructions[op.run].commands
	c.name in {"install", "debootstrap", "mk-build-deps", "apt-file"}
}

# One that brings packages to their newest version uses the lists itself.
installed(op) if {
	op.family == "yum"
	some flag in ["-y", "--assumeyes"]
	flag in op.argv
}

# The lists are used by a later layer, or by none.
kind(op) := "used" if {
	some other in pk.installs
	other.run > op.run
	other.stage == op.stage
	other.family == op.family
} else := "unused"
