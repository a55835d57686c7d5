# METADATA
# title: Several health checks in one stage
# description: >-
#   Only the last one counts. The others look as if they did something.
# custom:
#   id: DF010
#   severity: low
#   message: "HEALTHCHECK number {number} of this stage"
#   fix: Keep one.
#   aliases: [DS023, DL3012]
#   ja:
#     title: 1 つのステージに複数のヘルスチェックがあります
#     description: 有効なのは最後の 1 つだけです。他は効いているように見えるだけです。
#     message: "このステージで {number} 個目の HEALTHCHECK です"
#     fix: 1 つだけ残してください。
package policies.dockerfile.df010

deny contains {"line": i.line, "values": {"number": position + 1}} if {
	some stage in {i.stage | some i in input.instructions}
	checks := [i | some i in input.instructions; i.stage == stage; i.cmd == "healthcheck"; not i.onbuild]
	some position, i in checks
	position > 0
}
