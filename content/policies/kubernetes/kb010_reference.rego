# METADATA
# scope: package
# title: "Object that refers to nothing"
# description: "A service, policy or autoscaler that selects no pod does nothing, and nobody is told."
# custom:
#   id: KB010
#   severity: low
#   message: "{what}"
#   fix: "Correct the selector or the reference, or put both objects into one file."
#   kinds:
#     service: [service_does_not_target_pod]
#     policy: [network_policy_is_not_targeting_any_pod]
#     autoscaler: [hpa_targets_invalid_object]
#   ja:
#     title: "存在しないものへの参照"
#     description: "どの Pod も選ばないサービス、ポリシー、オートスケーラーは何もせず、警告も出ません。"
#     message: "{what}"
#     fix: "セレクターや参照を直すか、両方のオブジェクトを同じファイルに入れてください。"
package policies.kubernetes.kb010

import data.lib.kubernetes
import data.lib.value as values

deny contains result if {
	some o in input.objects
	o.value.kind == "Service"
	selector := values.get(o.value.spec, "selector", {})
	values.size(selector) > 0
	not found(selector, o)
	result := object.union(kubernetes.result(o, "spec.selector", {"what": "the service selects no pod of the file"}), {"kind": "service"})
}

found(selector, o) if {
	some p in kubernetes.pods
	kubernetes.selects(selector, kubernetes.labels(p.pod))
	serves(p, o)
}

serves(p, o) if {
	some port in values.get(o.value.spec, "ports", [])
	target := values.get(port, "targetPort", values.get(port, "port", 0))
	some c in p.pod.spec.containers
	some offered in values.get(c, "ports", [])
	target in {offered.containerPort, values.get(offered, "name", null)}
}

serves(_, o) if values.size(values.get(o.value.spec, "ports", [])) == 0

deny contains result if {
	some o in input.objects
	o.value.kind == "NetworkPolicy"
	selector := values.get(o.value.spec, ["podSelector", "matchLabels"], {})
	values.size(selector) > 0
	not selected(selector)
	result := object.union(kubernetes.result(o, "spec.podSelector", {"what": "the network policy selects no pod of the file"}), {"kind": "policy"})
}

selected(selector) if {
	some p in kubernetes.pods
	kubernetes.selects(selector, kubernetes.labels(p.pod))
}

deny contains result if {
	some o in input.objects
	o.value.kind == "HorizontalPodAutoscaler"
	some metric in values.get(o.value.spec, "metrics", [])
	metric.type == "Object"
	not complete(metric.object)
	result := object.union(kubernetes.result(o, "spec.metrics", {"what": "the autoscaler looks at no object"}), {"kind": "autoscaler"})
}

complete(m) if {
	m.metric
	m.target
	m.describedObject.name
	m.describedObject.apiVersion
	m.describedObject.kind
}
