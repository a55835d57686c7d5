# METADATA
# title: curl does not check certificates
# description: >-
#   Whoever is on the way can answer instead of the server, and what arrives becomes part of the image.
# custom:
#   id: DF021
#   severity: high
#   message: curl is told not to check certificates
#   fix: Remove the option, and add the certificate of your own authority with --cacert if it is one.
#   aliases: [CKV2_DOCKER_2]
#   ja:
#     title: curl が証明書を検証しません
#     description: 経路上にいる者がサーバーに代わって応答でき、その内容がイメージの一部になります。
#     message: curl が証明書を検証しない設定です
#     fix: このオプションを外し、独自の認証局なら --cacert で証明書を指定してください。
package policies.dockerfile.df021

deny contains {"line": c.line, "values": {}} if {
	some i in input.instructions
	i.cmd in {"run", "healthcheck", "cmd", "entrypoint"}
	some c in i.commands
	c.name == "curl"
	some word in c.argv
	regex.match(`^--(insecure|proxy-insecure|doh-insecure)$|^-[aBfgGiIjlLMnNOpRsSvVZ0-46#]*k`, word)
}
