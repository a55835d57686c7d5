# METADATA
# title: Certificates are not checked
# description: >-
#   A variable or setting switches off the check of certificates for everything that comes after, also
#   in containers of this image.
# custom:
#   id: DF024
#   severity: high
#   message: "{what} switches the check of certificates off"
#   fix: Remove it, and add the certificate of your own authority to those of the system.
#   kinds:
#     python: [CKV2_DOCKER_5]
#     node: [CKV2_DOCKER_6]
#     npm_variable: [CKV2_DOCKER_12]
#     npm: [CKV2_DOCKER_13]
#     git: [CKV2_DOCKER_14]
#     git_config: []
#   ja:
#     title: 証明書が検証されません
#     description: 変数や設定により、以降のすべて、そしてこのイメージのコンテナで証明書の検証が無効になります。
#     message: "{what} が証明書の検証を無効にしています"
#     fix: これを外し、独自の認証局の証明書をシステムに追加してください。
package policies.dockerfile.df024

import data.lib.dockerfile as df

deny contains {"line": s.line, "kind": "python", "values": {"what": s.key}} if {
	some s in df.settings
	s.key == "PYTHONHTTPSVERIFY"
	s.value == "0"
}

deny contains {"line": s.line, "kind": "node", "values": {"what": s.key}} if {
	some s in df.settings
	s.key == "NODE_TLS_REJECT_UNAUTHORIZED"
	s.value == "0"
}

deny contains {"line": s.line, "kind": "npm_variable", "values": {"what": s.key}} if {
	some s in df.settings
	lower(s.key) == "npm_config_strict_ssl"
	lower(s.value) in {"false", "0", ""}
}

# Git looks whether the variable is there, not at its value.
deny contains {"line": s.line, "kind": "git", "values": {"what": s.key}} if {
	some s in df.settings
	s.key == "GIT_SSL_NO_VERIFY"
}

deny contains {"line": c.line, "kind": "npm", "values": {"what": concat(" ", [c.name, "strict-ssl"])}} if {
	some i in df.runs
	some c in i.commands
	c.name in {"npm", "yarn", "pnpm"}
	"config" in c.argv
	regex.match(`strict-ssl[ =]+"?(false|0)`, concat(" ", c.argv))
}

deny contains {"line": c.line, "kind": "npm", "values": {"what": concat(" ", [c.name, "strict-ssl"])}} if {
	some i in df.runs
	some c in i.commands
	c.name in {"npm", "yarn", "pnpm"}
	some word in c.argv
	word in {"--strict-ssl=false", "--no-strict-ssl"}
}

deny contains {"line": c.line, "kind": "git_config", "values": {"what": "git http.sslVerify"}} if {
	some i in df.runs
	some c in i.commands
	c.name == "git"
	regex.match(`(?i)http\.sslverify[ =]"?(false|0)`, concat(" ", c.argv))
}
