# METADATA
# title: wget does not check certificates
# description: >-
#   Whoever is on the way can answer instead of the server, and what arrives becomes part of the image.
# custom:
#   id: DF022
#   severity: high
#   message: wget is told not to check certificates
#   fix: Remove --no-check-certificate, and add the certificate of your own authority with --ca-certificate if it is one.
#   aliases: [CKV2_DOCKER_3]
#   ja:
#     title: wget が証明書を検証しません
#     description: 経路上にいる者がサーバーに代わって応答でき、その内容がイメージの一部になります。
#     message: wget が証明書を検証しない設定です
#     fix: "--no-check-certificate を外し、独自の認証局なら --ca-certificate で証明書を指定してください。"
package policies.dockerfile.df022

deny contains {"line": c.line, "values": {}} if {
	some i in input.instructions
	i.cmd in {"run", "healthcheck", "cmd", "entrypoint"}
	some c in i.commands
	c.name == "wget"
	some word in c.argv
	startswith(word, "--no-check-cert")
}
