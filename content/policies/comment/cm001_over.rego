# METADATA
# title: A comment that holds findings back has ended
# description: >-
#   Somebody decided to live with a finding until a day that is over. It counts again.
# custom:
#   id: CM001
#   severity: medium
#   message: "the comment for {ids} ended on {until}"
#   fix: Repair what it was about, or decide anew with a new day.
#   ja:
#     title: 検出事項を抑制するコメントの期限が切れています
#     description: ある日まで検出事項を受け入れると決められていましたが、その日を過ぎました。検出事項は再び有効です。
#     message: "{ids} のコメントは {until} に期限が切れました"
#     fix: 原因を修正するか、新しい期限であらためて判断してください。
package policies.comment.cm001

deny contains {"line": c.line, "values": {"ids": concat(",", c.ids), "until": c.until}} if {
	some c in input.comments
	c.over
	c.fault == ""
}
