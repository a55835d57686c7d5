# METADATA
# title: The cache of yarn stays, or zypper upgrades the distribution
# description: >-
#   What yarn downloaded is not used again. An upgraded distribution depends on the day of the build.
# custom:
#   id: DF057
#   severity: low
#   message: "{what}"
#   fix: Run yarn cache clean behind the install; take a newer base image instead of an upgrade.
#   kinds:
#     yarn: [DL3060]
#     zypper: [DL3035]
#   ja:
#     title: yarn のキャッシュが残るか、zypper がディストリビューションを更新します
#     description: yarn がダウンロードしたものは二度と使われません。更新されたディストリビューションはビルドした日に依存します。
#     message: "{what}"
#     fix: インストールの後に yarn cache clean を実行し、更新の代わりに新しいベースイメージを使ってください。
package policies.dockerfile.df057

import data.lib.dockerfile as df
import data.lib.packages as pk

deny contains {"line": op.line, "kind": "yarn", "values": {"what": concat(" ", ["yarn", op.sub])}} if {
	some op in pk.operations
	op.final
	op.family == "yarn"
	op.sub in {"install", "add"}
	not cleaned(op)
	not cached(input.instructions[op.run])
}

cleaned(op) if {
	some other in pk.operations
	other.run == op.run
	other.position > op.position
	other.family == "yarn"
	other.sub == "cache"
}

cached(run) if {
	some target in df.mounts(run)
	regex.match(`yarn|\.cache`, target)
}

deny contains {"line": op.line, "kind": "zypper", "values": {"what": concat(" ", ["zypper", op.sub])}} if {
	some op in pk.operations
	op.family == "zypper"
	op.sub in {"dup", "dist-upgrade"}
}
