# METADATA
# title: A comment that means no finding
# description: >-
#   What it was about is repaired, or stands elsewhere. The comment would hide the next finding that
#   nobody decided about.
# custom:
#   id: CM003
#   severity: info
#   message: "the comment for {ids} means no finding"
#   fix: Remove it.
#   ja:
#     title: 対象のないコメントがあります
#     description: 対象だったものは修正されたか、別の場所に移っています。このコメントは、誰も判断していない次の検出事項を隠してしまいます。
#     message: "{ids} のコメントに当てはまる検出事項はありません"
#     fix: 削除してください。
package policies.comment.cm003

deny contains {"line": c.line, "values": {"ids": concat(",", c.ids)}} if {
	some c in input.comments
	c.held == 0
	c.fault == ""
	not c.over
}
