# METADATA
# title: A comment that holds nothing back
# description: >-
#   A comment without ids, without a reason or with a day that is none does nothing, although somebody
#   believes that it does.
# custom:
#   id: CM002
#   severity: medium
#   message: "{fault}"
#   fix: "Write # sasumata:ignore IDS until=DAY REASON; the day may be left out."
#   ja:
#     title: 何も抑制しないコメントがあります
#     description: ID や理由がない、または日付が正しくないコメントには効果がありません。書いた人は効いていると思っています。
#     message: "{fault}"
#     fix: "# sasumata:ignore ID until=日付 理由 の形で書いてください。日付は省略できます。"
package policies.comment.cm002

deny contains {"line": c.line, "values": {"fault": c.fault}} if {
	some c in input.comments
	c.fault != ""
}
