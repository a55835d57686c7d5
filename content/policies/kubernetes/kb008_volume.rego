# METADATA
# scope: package
# title: "Volume of the node"
# description: "A path of the node in a pod binds it to the node and opens the node to it."
# custom:
#   id: KB008
#   severity: medium
#   message: "the volume {name} is {what}"
#   fix: "Use a persistent volume claim, a config map, a secret or an emptyDir."
#   kinds:
#     host: [KSV023, KSV121, non_kube_system_pod_with_host_mount]
#     type: [KSV028]
#   ja:
#     title: "ノードのボリューム"
#     description: "Pod にノードのパスを渡すと、Pod がノードに縛られ、ノードも Pod にさらされます。"
#     message: "ボリューム {name}: {what}"
#     fix: "PersistentVolumeClaim、ConfigMap、Secret、emptyDir を使ってください。"
package policies.kubernetes.kb008

import data.lib.kubernetes
import data.lib.value as values

core := {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret", "hostPath", "name", "image"}

deny contains result if {
	some p in kubernetes.pods
	some v in values.get(p.pod.spec, "volumes", [])
	v.hostPath
	result := object.union(kubernetes.result(p.object, "spec", {"name": values.text(v, "name"), "what": sprintf("the path %s of the node", [values.get(v.hostPath, "path", "")])}), {"kind": "host"})
}

deny contains result if {
	some p in kubernetes.pods
	some v in values.get(p.pod.spec, "volumes", [])
	some key, _ in v
	not key in core
	result := object.union(kubernetes.result(p.object, "spec", {"name": values.text(v, "name"), "what": sprintf("of the type %s", [key])}), {"kind": "type"})
}

deny contains result if {
	some o in input.objects
	o.value.kind == "PersistentVolume"
	o.value.spec.hostPath
	result := object.union(kubernetes.result(o, "spec", {"name": o.name, "what": "a path of the node"}), {"kind": "host"})
}
