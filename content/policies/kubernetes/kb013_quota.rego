# METADATA
# scope: package
# title: "Namespace without quota or limit range"
# description: "One namespace can take the whole cluster."
# custom:
#   id: KB013
#   severity: low
#   message: "the file has no {kind} for the namespace {namespace}"
#   fix: "Add a ResourceQuota and a LimitRange for the namespace."
#   kinds:
#     ResourceQuota: [pod_or_container_without_resource_quota]
#     LimitRange: [pod_or_container_without_limit_range]
#     fullResourceQuota: [KSV040]
#     fullLimitRange: [KSV039]
#   ja:
#     title: "ResourceQuota や LimitRange のない名前空間"
#     description: "一つの名前空間がクラスター全体の資源を使い切ることがあります。"
#     message: "名前空間 {namespace} の {kind} がファイルにありません"
#     fix: "名前空間に ResourceQuota と LimitRange を追加してください。"
package policies.kubernetes.kb013

import data.lib.kubernetes
import data.lib.value as values

governed(namespace, kind) if {
	some o in input.objects
	o.value.kind == kind
	kubernetes.namespace(o.value) == namespace
}

takes contains o if {
	some p in kubernetes.pods
	o := p.object
}

takes contains o if {
	some o in input.objects
	o.value.kind == "PersistentVolumeClaim"
}

deny contains result if {
	some o in takes
	some kind in ["ResourceQuota", "LimitRange"]
	namespace := kubernetes.namespace(o.value)
	not governed(namespace, kind)
	result := object.union(kubernetes.result(o, "metadata.namespace", {"kind": kind, "namespace": namespace}), {"kind": kind})
}

deny contains result if {
	some o in input.objects
	some kind in ["ResourceQuota", "LimitRange"]
	o.value.kind == kind
	not full(o.value)
	result := object.union(kubernetes.result(o, "spec", {"kind": sprintf("full %s", [kind]), "namespace": kubernetes.namespace(o.value)}), {"kind": sprintf("full%s", [kind])})
}

full(v) if {
	v.kind == "ResourceQuota"
	every key in ["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"] {
		v.spec.hard[key]
	}
}

full(v) if {
	v.kind == "LimitRange"
	some l in values.get(v.spec, "limits", [])
	l.default
	l.defaultRequest
	l.max
	l.min
}
