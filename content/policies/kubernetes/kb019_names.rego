# METADATA
# scope: package
# title: "Name that the cluster refuses or does not know"
# description: "An invalid label is refused; an image without a version is another one tomorrow."
# custom:
#   id: KB019
#   severity: low
#   message: "{what}"
#   fix: "Use letters, digits, dashes, dots and underscores, at most 63."
#   aliases: [metadata_label_is_invalid]
#   ja:
#     title: "クラスターが受け付けない名前"
#     description: "不正なラベルは拒否されます。"
#     message: "{what}"
#     fix: "英数字、ハイフン、ドット、アンダースコアを使い、63 文字以内にしてください。"
package policies.kubernetes.kb019

import data.lib.kubernetes

deny contains result if {
	some o in input.objects
	some key, value in kubernetes.labels(o.value)
	is_string(value)
	not regex.match(`^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$`, value)
	result := kubernetes.result(o, "metadata.labels", {"what": sprintf("the label %s has the invalid value %s", [key, value])})
}
