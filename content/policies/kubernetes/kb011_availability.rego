# METADATA
# scope: package
# title: "Not ready for the loss of a node"
# description: "Without a disruption budget or anti-affinity one drained or broken node ends the service."
# custom:
#   id: KB011
#   severity: low
#   message: "{what}"
#   fix: "Add a PodDisruptionBudget and podAntiAffinity, and leave replicas to the autoscaler where there is one."
#   kinds:
#     budget: [deployment_without_pod_disruption_budget]
#     statefulbudget: [statefulset_without_pod_disruption_budget]
#     affinity: [deployment_has_no_pod_anti_affinity]
#     statefulaffinity: [statefulset_has_no_pod_anti_affinity]
#     replicas: [hpa_targeted_deployments_with_configured_replica_count]
#     storage: [statefulset_requests_storage]
#   ja:
#     title: "ノードの停止に備えがない"
#     description: "PodDisruptionBudget やアンチアフィニティがないと、ノード一つの停止でサービスが止まります。"
#     message: "{what}"
#     fix: "PodDisruptionBudget と podAntiAffinity を追加し、オートスケーラーがある場合は replicas を任せてください。"
package policies.kubernetes.kb011

import data.lib.kubernetes
import data.lib.value as values

several(o) if {
	o.value.kind in {"Deployment", "StatefulSet"}
	values.get(o.value.spec, "replicas", 1) > 1
}

deny contains result if {
	some o in input.objects
	several(o)
	not budgeted(o)
	kind := {"Deployment": "budget", "StatefulSet": "statefulbudget"}[o.value.kind]
	result := object.union(kubernetes.result(o, "spec", {"what": "no PodDisruptionBudget selects these pods"}), {"kind": kind})
}

budgeted(o) if {
	some b in input.objects
	b.value.kind == "PodDisruptionBudget"
	kubernetes.selects(values.get(b.value.spec, ["selector", "matchLabels"], {}), object.union(kubernetes.labels(o.value.spec.template), values.get(o.value.spec, ["selector", "matchLabels"], {})))
}

deny contains result if {
	some o in input.objects
	several(o)
	not spread(o)
	kind := {"Deployment": "affinity", "StatefulSet": "statefulaffinity"}[o.value.kind]
	result := object.union(kubernetes.result(o, "spec", {"what": "the pods may all run on one node"}), {"kind": kind})
}

spread(o) if {
	some key in ["preferredDuringSchedulingIgnoredDuringExecution", "requiredDuringSchedulingIgnoredDuringExecution"]
	some rule in o.value.spec.template.spec.affinity.podAntiAffinity[key]
	term := values.get(rule, "podAffinityTerm", rule)
	term.topologyKey == "kubernetes.io/hostname"
	labels := values.get(term, ["labelSelector", "matchLabels"], kubernetes.labels(o.value.spec.template))
	kubernetes.selects(labels, kubernetes.labels(o.value.spec.template))
}

spread(o) if values.size(values.get(o.value.spec.template.spec, "topologySpreadConstraints", [])) > 0

deny contains result if {
	some o in input.objects
	o.value.kind == "Deployment"
	o.value.spec.replicas
	some h in input.objects
	h.value.kind == "HorizontalPodAutoscaler"
	h.value.spec.scaleTargetRef.name == o.value.metadata.name
	result := object.union(kubernetes.result(o, "spec.replicas", {"what": "replicas fights with the autoscaler"}), {"kind": "replicas"})
}

deny contains result if {
	some o in input.objects
	o.value.kind == "StatefulSet"
	some c in values.get(o.value.spec, "volumeClaimTemplates", [])
	c.spec.resources.requests.storage
	result := object.union(kubernetes.result(o, "spec.volumeClaimTemplates", {"what": "storage is claimed that stays behind when the set is deleted"}), {"kind": "storage"})
}
