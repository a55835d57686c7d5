# METADATA
# scope: package
# title: "Container without what the cluster needs to run it well"
# description: "Without requests nodes are overcommitted, without probes broken pods get traffic, without Always an old image with the same tag may run."
# custom:
#   id: KB006
#   severity: low
#   message: "{what}"
#   fix: "Write requests of CPU and memory, readiness and liveness probes, and imagePullPolicy: Always."
#   kinds:
#     memory: [KSV016, CKV_K8S_12, memory_requests_not_defined]
#     cpu: [KSV015, CKV_K8S_10, cpu_requests_not_set]
#     readinessProbe: [CKV_K8S_9, readiness_probe_is_not_configured]
#     livenessProbe: [CKV_K8S_8, liveness_probe_is_not_defined]
#     pull: [CKV_K8S_15, image_pull_policy_of_container_is_not_always]
#     hostport: [KSV024, CKV_K8S_26, workload_host_port_not_specified]
#     envsecret: [CKV_K8S_35, secrets_as_environment_variables]
#   ja:
#     title: "安定運用に必要な設定のないコンテナー"
#     description: "requests がないとノードが過剰に割り当てられ、プローブがないと壊れた Pod に通信が流れ、Always でないと同じタグの古いイメージが動くことがあります。"
#     message: "{what}"
#     fix: "CPU とメモリーの requests、readiness と liveness のプローブ、imagePullPolicy: Always を指定してください。"
package policies.kubernetes.kb006

import data.lib.kubernetes
import data.lib.value as values

deny contains result if {
	some c in kubernetes.containers
	some kind in ["memory", "cpu"]
	not c.container.resources.requests[kind]
	result := object.union(kubernetes.about(c, {"what": sprintf("no request of %s", [kind])}), {"kind": kind})
}

deny contains result if {
	some c in kubernetes.containers
	c.object.value.kind in {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"}
	c.container in values.get(c.pod.spec, "containers", [])
	some kind in ["readinessProbe", "livenessProbe"]
	not c.container[kind]
	result := object.union(kubernetes.about(c, {"what": sprintf("no %s", [kind])}), {"kind": kind})
}

deny contains result if {
	some c in kubernetes.containers
	not pulled(c.container)
	result := object.union(kubernetes.about(c, {"what": "an image on the node is taken without asking the registry"}), {"kind": "pull"})
}

pulled(c) if c.imagePullPolicy == "Always"

pulled(c) if {
	not c.imagePullPolicy
	image := values.text(c, "image")
	not regex.match(`.+:[^/]*[^/t]$`, image)
	not contains(image, "@")
}

pulled(c) if {
	not c.imagePullPolicy
	endswith(values.text(c, "image"), ":latest")
}

deny contains result if {
	some c in kubernetes.containers
	some env in values.get(c.container, "env", [])
	env.valueFrom.secretKeyRef
	result := object.union(kubernetes.about(c, {"what": "a secret is given as an environment variable, which child processes and crash reports see"}), {"kind": "envsecret"})
}

deny contains result if {
	some c in kubernetes.containers
	some port in values.get(c.container, "ports", [])
	values.get(port, "hostPort", 0) != 0
	result := object.union(kubernetes.about(c, {"what": "a port of the node is taken"}), {"kind": "hostport"})
}

deny contains result if {
	some c in kubernetes.containers
	some from in values.get(c.container, "envFrom", [])
	from.secretRef
	result := object.union(kubernetes.about(c, {"what": "a secret is given as environment variables"}), {"kind": "envsecret"})
}
