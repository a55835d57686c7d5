# METADATA
# scope: package
# title: "Version of the API that is gone"
# description: "Newer clusters refuse the object."
# custom:
#   id: KB015
#   severity: low
#   message: "{version} {name} is deprecated or removed"
#   fix: "Use the version that took its place."
#   aliases: [KSV107, object_is_using_a_deprecated_api_version]
#   ja:
#     title: "廃止された API バージョン"
#     description: "新しいクラスターではこのオブジェクトは拒否されます。"
#     message: "{version} {name} は非推奨または廃止されています"
#     fix: "後継のバージョンを使ってください。"
package policies.kubernetes.kb015

import data.lib.kubernetes

gone := {
	"extensions/v1beta1": {"Deployment", "DaemonSet", "ReplicaSet", "Ingress", "NetworkPolicy", "PodSecurityPolicy"},
	"apps/v1beta1": {"Deployment", "StatefulSet", "ControllerRevision"},
	"apps/v1beta2": {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"},
	"networking.k8s.io/v1beta1": {"Ingress", "IngressClass"},
	"batch/v1beta1": {"CronJob"},
	"batch/v2alpha1": {"CronJob"},
	"policy/v1beta1": {"PodDisruptionBudget", "PodSecurityPolicy"},
	"rbac.authorization.k8s.io/v1alpha1": {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"},
	"rbac.authorization.k8s.io/v1beta1": {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"},
	"apiextensions.k8s.io/v1beta1": {"CustomResourceDefinition"},
	"admissionregistration.k8s.io/v1beta1": {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"},
	"autoscaling/v2beta1": {"HorizontalPodAutoscaler"},
	"autoscaling/v2beta2": {"HorizontalPodAutoscaler"},
	"storage.k8s.io/v1beta1": {"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "CSIStorageCapacity"},
	"scheduling.k8s.io/v1beta1": {"PriorityClass"},
	"scheduling.k8s.io/v1alpha1": {"PriorityClass"},
	"coordination.k8s.io/v1beta1": {"Lease"},
	"discovery.k8s.io/v1beta1": {"EndpointSlice"},
	"events.k8s.io/v1beta1": {"Event"},
	"node.k8s.io/v1beta1": {"RuntimeClass"},
	"apiregistration.k8s.io/v1beta1": {"APIService"},
	"certificates.k8s.io/v1beta1": {"CertificateSigningRequest"},
	"flowcontrol.apiserver.k8s.io/v1beta1": {"FlowSchema", "PriorityLevelConfiguration"},
}

deny contains result if {
	some o in input.objects
	o.value.kind in gone[o.value.apiVersion]
	result := kubernetes.result(o, "apiVersion", {"version": o.value.apiVersion, "name": o.value.kind})
}
