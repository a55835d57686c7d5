# METADATA
# scope: package
# title: "Ingress with configuration of its own"
# description: "Snippets are put into the configuration of the controller: who may write an Ingress reads all secrets of the cluster."
# custom:
#   id: KB017
#   severity: high
#   message: "the annotation {annotation} of the Ingress is dangerous"
#   fix: "Remove the annotation, and switch snippets off in the controller."
#   aliases: [KCV0093, CKV_K8S_152, CKV_K8S_153, CKV_K8S_154]
#   ja:
#     title: "独自設定を埋め込む Ingress"
#     description: "スニペットはコントローラーの設定に入るため、Ingress を書ける人がクラスターの全シークレットを読めます。"
#     message: "Ingress のアノテーション {annotation} は危険です"
#     fix: "アノテーションを削除し、コントローラーでスニペットを無効にしてください。"
package policies.kubernetes.kb017

import data.lib.kubernetes
import data.lib.value as values

deny contains result if {
	some o in input.objects
	o.value.kind == "Ingress"
	some name, _ in values.get(o.value, ["metadata", "annotations"], {})
	is_string(name)
	regex.match(`snippet$`, name)
	result := kubernetes.result(o, "metadata.annotations", {"annotation": name})
}

deny contains result if {
	some o in input.objects
	o.value.kind == "Ingress"
	some name, value in values.get(o.value, ["metadata", "annotations"], {})
	is_string(name)
	startswith(name, "nginx.ingress.kubernetes.io/")
	is_string(value)
	not regex.match(`snippet$`, name)
	regex.match(`lua_|_by_lua|alias|root|serviceaccount|[{};|]|\n|\r|load_module|/etc/|/proc|/var`, value)
	result := kubernetes.result(o, "metadata.annotations", {"annotation": name})
}
