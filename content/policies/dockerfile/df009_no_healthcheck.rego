# METADATA
# title: The image has no health check
# description: >-
#   Without one the engine only sees whether the process is there, not whether it answers. A service
#   that hangs stays in use.
# custom:
#   id: DF009
#   severity: low
#   message: no HEALTHCHECK in the image
#   fix: Add a HEALTHCHECK that asks the service, or define one where the container is started.
#   aliases: [CIS 4.6, DS026, DL3057, CKV_DOCKER_2, healthcheck_instruction_missing]
#   ja:
#     title: イメージにヘルスチェックがありません
#     description: ヘルスチェックがなければ、エンジンはプロセスの有無しか分かりません。応答しなくなったサービスが使われ続けます。
#     message: イメージに HEALTHCHECK がありません
#     fix: サービスに問い合わせる HEALTHCHECK を追加するか、コンテナを起動する側で定義してください。
package policies.dockerfile.df009

import data.lib.dockerfile as df

deny contains {"line": s.line, "values": {}} if {
	some s in input.stages
	s.last
	count([i | some i in df.chain; i.cmd == "healthcheck"]) == 0
}
