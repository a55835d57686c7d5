# METADATA
# scope: package
# title: "A secret was removed, but is still in a layer"
# description: "A later layer hides a file and does not remove it: everybody who has the image can take it out of the earlier one."
# custom:
#   id: IM010
#   severity: high
#   message: "{path} is in layer {layer}, and removed later"
#   fix: "Copy it in a stage that is not the image, or use RUN --mount=type=secret. What was published is known: replace it."
#   aliases: [CIS 4.10, CIS-DI-0010]
#   ja:
#     title: "削除されたシークレットがレイヤーに残っています"
#     description: "後のレイヤーはファイルを隠すだけで、消しません。イメージを持つ人は誰でも前のレイヤーから取り出せます。"
#     message: "{path} がレイヤー {layer} にあり、後で削除されています"
#     fix: "最終イメージでないステージでコピーするか、RUN --mount=type=secret を使ってください。公開されたシークレットは知られています。交換してください。"
package policies.image.im010

deny contains {"line": 0, "resource": f.path, "values": {"path": f.path, "layer": sprintf("%d", [f.layer])}} if {
	some f in input.files
	f.class == "secret"
	f.gone
}
