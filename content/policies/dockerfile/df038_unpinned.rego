# METADATA
# title: Packages without a version
# description: >-
#   The build of tomorrow takes other versions: with other faults, or from somebody who took the name
#   over. Nobody can build the same image again.
# custom:
#   id: DF038
#   severity: medium
#   message: "{program} installs {package} without a version"
#   fix: Name the version, or install from a lock file with checksums.
#   kinds:
#     apt: [DL3008, apt_get_install_pin_version_not_defined]
#     apk: [DL3018, unpinned_package_version_in_apk_add]
#     yum: [DL3033, yum_install_without_version]
#     dnf: [DL3041, missing_version_specification_in_dnf_install]
#     zypper: [DL3037, zypper_install_without_version]
#     pip: [DL3013, unpinned_package_version_in_pip_install]
#     npm: [DL3016, npm_install_without_pinned_version]
#     repository: [DL3016]
#     gem: [DL3028, gem_install_without_version]
#     go: [DL3062]
#   ja:
#     title: バージョンの指定がないパッケージがあります
#     description: 明日のビルドでは別のバージョンが使われます。別の欠陥を含んだり、名前を乗っ取った者のものかもしれません。同じイメージを二度とビルドできません。
#     message: "{program} が {package} をバージョン指定なしでインストールします"
#     fix: バージョンを指定するか、チェックサム付きのロックファイルからインストールしてください。
package policies.dockerfile.df038

import data.lib.packages as pk

deny contains {"line": op.line, "kind": kind(op, item), "values": {"program": op.program, "package": item}} if {
	some op in pk.adds
	op.group != "group"
	op.group != "groups"
	not exempt(op)
	some item in op.packages
	not regex.match(`^[$"'\x60]|^\{|[<>|]$`, item)
	not pinned(op, item)
}

local(item) if regex.match(`^(\.{0,2}/|~/|\.{1,2}$|file:)`, item)

pinned(op, item) if {
	op.family != "go"
	local(item)
}

pinned(op, item) if {
	op.family == "apt"
	regex.match(`=|/|\.deb$|\+$|-$`, item)
}

pinned(op, item) if {
	op.family == "apk"
	regex.match(`[=<>~]|\.apk$|^!`, item)
}

pinned(op, item) if {
	op.family in {"yum", "dnf"}
	op.group == ""
	regex.match(`-[0-9$:]|-[0-9]+:|-\$|\.rpm$|^@|^https?://|=`, item)
}

pinned(op, item) if {
	op.group == "module"
	contains(item, ":")
}

pinned(op, item) if {
	op.family == "zypper"
	regex.match(`[=<>]|\.rpm$|-[0-9]`, item)
}

pinned(op, item) if {
	op.family == "pip"
	regex.match(`[=<>@]|\.(whl|zip|tar\.gz|tgz)$`, item)
	not startswith(item, "git+")
}

# Of a repository, a tag or commit stands behind an @ in the path.
pinned(op, item) if {
	op.family == "pip"
	regex.match(`^git\+[a-z]+://([^/@]*@)?[^@]*@`, item)
}

pinned(op, item) if {
	op.family == "npm"
	regex.match(`^@?[^@:]+@.|\.(tgz|tar|tar\.gz)$|^https?://.*\.(tgz|tar\.gz)$`, item)
}

pinned(op, item) if {
	op.family == "npm"
	regex.match(`^(git\+|git:|github:|[a-z]+://).*#.`, item)
}

pinned(op, item) if {
	op.family == "gem"
	regex.match(`:|\.gem$`, item)
}

pinned(op, item) if {
	op.family == "go"
	contains(item, "@")
	not endswith(item, "@latest")
}

# Without a version Go takes the one in go.mod.
pinned(op, item) if {
	op.family == "go"
	not contains(item, "@")
	not op.sub == "get"
}

pinned(op, item) if {
	op.family == "go"
	op.sub == "run"
	op.packages[0] != item
}

exempt(op) if {
	op.family == "pip"
	pk.option(op, {"-r", "--requirement", "-c", "--constraint", "-e", "--editable"})
}

exempt(op) if {
	op.family == "gem"
	pk.option(op, {"-v", "--version", "--file", "-g"})
}

exempt(op) if op.family == "yarn"

# A repository of git, of which the newest commit is taken.
kind(op, item) := "repository" if {
	op.family == "npm"
	contains(item, "://")
} else := op.family
