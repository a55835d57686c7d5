# METADATA
# scope: package
# title: "Everybody may change a file or folder of the image"
# description: "Whoever runs anything in the container can replace what others run or read there."
# custom:
#   id: IM008
#   severity: medium
#   message: "{path} has mode {mode}"
#   fix: "chmod o-w it in the build; folders that all write to, such as /tmp, want the sticky bit (1777)."
#   aliases: []
#   ja:
#     title: "誰でも変更できるファイルやフォルダーがあります"
#     description: "コンテナ内で何かを実行できる人は、他の人が実行し読むものを置き換えられます。"
#     message: "{path} のモードは {mode} です"
#     fix: "ビルド時に chmod o-w を実行してください。/tmp のように全員が書くフォルダーにはスティッキービット (1777) が必要です。"
package policies.image.im008

deny contains {"line": 0, "resource": f.path, "values": {"path": f.path, "mode": f.mode}} if {
	some f in input.files
	f.class == "writable"
}
