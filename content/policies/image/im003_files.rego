# METADATA
# scope: package
# title: "A file that does not belong in an image"
# description: "Private keys, files of credentials and .env give away what they protect to everybody who can pull the image. Histories, repositories and Dockerfiles tell how it was made."
# custom:
#   id: IM003
#   severity: high
#   message: "{path} does not belong in an image"
#   fix: "Name it in .dockerignore, or copy what is needed only. A key that was published is known: replace it."
#   aliases: [CIS 4.10, DKL-LI-0003]
#   ja:
#     title: "イメージに含めるべきでないファイルがあります"
#     description: "秘密鍵、認証情報のファイル、.env は、イメージを取得できる全員に中身を渡します。履歴、リポジトリ、Dockerfile は作り方を教えます。"
#     message: "{path} はイメージに含めるべきではありません"
#     fix: ".dockerignore に書くか、必要なものだけをコピーしてください。公開された鍵は知られています。交換してください。"
package policies.image.im003

deny contains {"line": 0, "resource": f.path, "values": {"path": f.path}} if {
	some f in input.files
	f.class == "secret"
	not f.gone
}

deny contains {"line": 0, "resource": f.path, "severity": "low", "values": {"path": f.path}} if {
	some f in input.files
	f.class == "unneeded"
}
