# METADATA
# scope: package
# title: "Secret in a manifest"
# description: "Base64 is no encryption: whoever reads the file, or its history, has the secret."
# custom:
#   id: KB016
#   severity: medium
#   message: "{what}"
#   fix: "Use sealed or external secrets, and encryption at rest."
#   kinds:
#     secret: [using_kubernetes_native_secret_management]
#     config: [KSV0109, KSV01010, AVD-KSV-0109, AVD-KSV-01010]
#   ja:
#     title: "マニフェスト内のシークレット"
#     description: "Base64 は暗号化ではありません。ファイルやその履歴を読める人はシークレットを得られます。"
#     message: "{what}"
#     fix: "SealedSecrets や外部のシークレット管理と、保存時の暗号化を使ってください。"
package policies.kubernetes.kb016

import data.lib.kubernetes
import data.lib.value as values

deny contains result if {
	some o in input.objects
	o.value.kind == "Secret"
	values.size(values.get(o.value, "data", {})) + values.size(values.get(o.value, "stringData", {})) > 0
	result := object.union(kubernetes.result(o, "data", {"what": "the secret itself stands in the manifest"}), {"kind": "secret"})
}

deny contains result if {
	some o in input.objects
	o.value.kind == "ConfigMap"
	some key, value in values.get(o.value, "data", {})
	is_string(value)
	is_string(key)
	regex.match(`(?i)(^|[\n_. -])(password|passwd|secret|token|api[_-]?key|private[_-]?key)["' ]*[:=] *[^$ \n]`, concat("=", [key, value]))
	result := object.union(kubernetes.result(o, "data", {"what": sprintf("the config map holds a secret: %s", [key])}), {"kind": "config"})
}
