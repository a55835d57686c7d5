# METADATA
# scope: package
# title: "Namespace"
# description: "Objects of different owners in one namespace cannot be kept apart; kube-system belongs to the cluster."
# custom:
#   id: KB005
#   severity: low
#   message: "the object is in the namespace {namespace}"
#   fix: "Make a namespace for what belongs together."
#   kinds:
#     default: [KSV110, CKV_K8S_21, using_unrecommended_namespace, ensure_administrative_boundaries_between_resources]
#     system: [KSV037, using_unrecommended_namespace, ensure_administrative_boundaries_between_resources]
#   ja:
#     title: "名前空間"
#     description: "一つの名前空間に異なる持ち主のオブジェクトがあると分離できません。kube-system はクラスターのものです。"
#     message: "オブジェクトが名前空間 {namespace} にあります"
#     fix: "関連するものごとに名前空間を作ってください。"
package policies.kubernetes.kb005

import data.lib.kubernetes
import data.lib.value as values

outside := {
	"Namespace", "ClusterRole", "ClusterRoleBinding", "PersistentVolume", "StorageClass", "CustomResourceDefinition",
	"PodSecurityPolicy", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "Node", "PriorityClass",
	"KubeletConfiguration", "EncryptionConfiguration", "Policy", "APIService", "IngressClass", "CSIDriver", "ClusterIssuer",
	"RuntimeClass", "AdmissionConfiguration", "Kustomization", "ClusterPolicy", "ConstraintTemplate", "KubeSchedulerConfiguration",
}

deny contains result if {
	some o in input.objects
	not o.value.kind in outside
	not own(o.value)
	namespace := kubernetes.namespace(o.value)
	namespace == "default"
	result := object.union(kubernetes.result(o, "metadata.namespace", {"namespace": namespace}), {"kind": "default"})
}

# The cluster makes these itself.
own(v) if v.metadata.name == "kubernetes"

own(v) if {
	v.kind == "ServiceAccount"
	v.metadata.name == "default"
}

deny contains result if {
	some o in input.objects
	namespace := kubernetes.namespace(o.value)
	namespace in {"kube-system", "kube-public", "kube-node-lease"}
	not core(o.value)
	result := object.union(kubernetes.result(o, "metadata.namespace", {"namespace": namespace}), {"kind": "system"})
}

core(v) if values.get(kubernetes.labels(v), "tier", "") == "control-plane"
