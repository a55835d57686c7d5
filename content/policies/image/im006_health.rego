# METADATA
# scope: package
# title: "The image has no health check"
# description: "A process that hangs looks as if it ran; nobody restarts it."
# custom:
#   id: IM006
#   severity: low
#   message: "there is no health check"
#   fix: "Add HEALTHCHECK to the Dockerfile. Kubernetes asks by probes of the pod instead."
#   aliases: [CIS 4.6, CIS-DI-0006]
#   ja:
#     title: "イメージにヘルスチェックがありません"
#     description: "止まったプロセスが動いているように見え、誰も再起動しません。"
#     message: "ヘルスチェックがありません"
#     fix: "Dockerfile に HEALTHCHECK を書いてください。Kubernetes では Pod のプローブが代わりになります。"
package policies.image.im006

deny contains {"line": 0, "values": {}} if not input.healthcheck
