# METADATA
# title: pip does not check certificates
# description: >-
#   A trusted host is one whose certificate is not looked at. Whoever is on the way can give other
#   packages.
# custom:
#   id: DF023
#   severity: high
#   message: "{what} switches the checks off for {host}"
#   fix: Remove it, and add the certificate of your own index with --cert.
#   kinds:
#     option: [CKV2_DOCKER_4]
#     variable: [CKV2_DOCKER_16]
#   ja:
#     title: pip が証明書を検証しません
#     description: trusted-host に指定したホストの証明書は検証されません。経路上にいる者が別のパッケージを渡せます。
#     message: "{what} が {host} の検証を無効にしています"
#     fix: これを外し、独自のインデックスなら --cert で証明書を指定してください。
package policies.dockerfile.df023

import data.lib.dockerfile as df
import data.lib.packages as pk

deny contains {"line": op.line, "kind": "option", "values": {"what": "--trusted-host", "host": host(op, i)}} if {
	some op in pk.operations
	op.family == "pip"
	some i, word in op.argv
	split(word, "=")[0] == "--trusted-host"
}

deny contains {"line": c.line, "kind": "option", "values": {"what": "pip config", "host": c.argv[count(c.argv) - 1]}} if {
	some i in df.runs
	some c in i.commands
	startswith(c.name, "pip")
	c.argv[1] == "config"
	some word in c.argv
	endswith(word, "trusted-host")
}

deny contains {"line": s.line, "kind": "variable", "values": {"what": s.key, "host": s.value}} if {
	some s in df.settings
	s.key == "PIP_TRUSTED_HOST"
	s.value != ""
}

host(op, i) := split(op.argv[i], "=")[1] if contains(op.argv[i], "=")

host(op, i) := df.word(op.argv, i + 1) if not contains(op.argv[i], "=")
