# METADATA
# title: apt installs what is only recommended
# description: >-
#   Recommended packages make the image larger and give an attacker more to work with.
# custom:
#   id: DF033
#   severity: low
#   message: "{program} {sub} without --no-install-recommends"
#   fix: Add --no-install-recommends, and name what you need of them.
#   aliases: [DS029, DL3015, apt_get_not_avoiding_additional_packages]
#   ja:
#     title: apt が推奨パッケージもインストールします
#     description: 推奨パッケージはイメージを大きくし、攻撃者が利用できるものを増やします。
#     message: "--no-install-recommends のない {program} {sub}"
#     fix: "--no-install-recommends を付け、必要なものは名前を挙げてインストールしてください。"
package policies.dockerfile.df033

import data.lib.dockerfile as df
import data.lib.packages as pk

deny contains {"line": op.line, "values": {"program": op.program, "sub": op.sub}} if {
	some op in pk.installs
	op.family == "apt"
	op.sub == "install"
	not left_out(op)
}

left_out(op) if pk.option(op, {"--no-install-recommends", "--without-recommends", "-R"})

left_out(op) if {
	some word in op.argv
	regex.match(`(?i)apt::install-recommends=["']?(false|0|no)`, word)
}

# Written to the configuration of apt before.
left_out(op) if {
	some i in df.runs
	i.index <= op.run
	i.stage == op.stage
	regex.match(`(?i)apt::install-recommends["' \\]*["'=]?["' \\]*(false|0|no)`, i.value)
}
