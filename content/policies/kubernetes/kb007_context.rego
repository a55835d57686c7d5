# METADATA
# scope: package
# title: "Security context"
# description: "Nothing, or not enough, says as whom the containers run and what they may."
# custom:
#   id: KB007
#   severity: medium
#   message: "{what}"
#   fix: "Write a securityContext: runAsNonRoot, runAsUser and runAsGroup above 10000, seccompProfile, capabilities.drop ALL."
#   kinds:
#     none: [CKV_K8S_30, pod_or_container_without_security_context]
#     podnone: [KSV118, CKV_K8S_29, pod_or_container_without_security_context]
#     uid: [KSV020, CKV_K8S_40, containers_run_with_low_uid]
#     gid: [KSV021]
#     rootuid: [KSV105]
#     rootgid: [KSV116]
#     added: [KSV022, KSV106, CKV_K8S_25, containers_with_added_capabilities]
#     nodrop: [KSV004, no_drop_capabilities_for_containers]
#     netraw: [KSV119, CKV_K8S_28, net_raw_capabilities_not_being_dropped]
#     proc: [KSV027, container_runs_unmasked]
#     selinux: [KSV025]
#     windows: [KSV103]
#     aliases: [KSV007]
#   ja:
#     title: "セキュリティコンテキスト"
#     description: "コンテナーを誰として実行し、何を許可するかの指定がないか不十分です。"
#     message: "{what}"
#     fix: "securityContext に runAsNonRoot、10000 を超える runAsUser と runAsGroup、seccompProfile、capabilities.drop ALL を指定してください。"
package policies.kubernetes.kb007

import data.lib.kubernetes
import data.lib.value as values

context(c, key, default_value) := values.get(
	c.container, ["securityContext", key],
	values.get(c.pod.spec, ["securityContext", key], default_value),
)

own(c, key, default_value) := values.get(c.container, ["securityContext", key], default_value)

add(c) := {trim_prefix(upper(x), "CAP_") | some x in values.get(c.container, ["securityContext", "capabilities", "add"], []); is_string(x)}

drop(c) := {trim_prefix(upper(x), "CAP_") | some x in values.get(c.container, ["securityContext", "capabilities", "drop"], []); is_string(x)}

deny contains result if {
	some c in kubernetes.containers
	values.size(values.get(c.container, "securityContext", {})) == 0
	result := object.union(kubernetes.about(c, {"what": "the container has no security context"}), {"kind": "none"})
}

deny contains result if {
	some p in kubernetes.pods
	values.size(values.get(p.pod.spec, "securityContext", {})) == 0
	count([c | some c in values.get(p.pod.spec, "containers", []); values.size(values.get(c, "securityContext", {})) > 0]) == 0
	result := object.union(kubernetes.result(p.object, "spec", {"what": "the pod has no security context"}), {"kind": "podnone"})
}

deny contains result if {
	some c in kubernetes.containers
	context(c, "runAsUser", 0) < 10000
	result := object.union(kubernetes.about(c, {"what": "the user is not above 10000"}), {"kind": "uid"})
}

deny contains result if {
	some c in kubernetes.containers
	context(c, "runAsGroup", 0) < 10000
	result := object.union(kubernetes.about(c, {"what": "the group is not above 10000"}), {"kind": "gid"})
}

deny contains result if {
	some c in kubernetes.containers
	context(c, "runAsUser", 1) == 0
	result := object.union(kubernetes.about(c, {"what": "the user is root"}), {"kind": "rootuid"})
}

deny contains result if {
	some p in kubernetes.pods
	security := values.get(p.pod.spec, "securityContext", {})
	some key in ["runAsGroup", "fsGroup"]
	security[key] == 0
	result := object.union(kubernetes.result(p.object, "spec", {"what": sprintf("%s is root", [key])}), {"kind": "rootgid"})
}

deny contains result if {
	some c in kubernetes.containers
	count(add(c)) > 0
	result := object.union(kubernetes.about(c, {"what": "capabilities are added"}), {"kind": "added"})
}

deny contains result if {
	some c in kubernetes.containers
	count(drop(c)) == 0
	result := object.union(kubernetes.about(c, {"what": "no capability is dropped"}), {"kind": "nodrop"})
}

deny contains result if {
	some c in kubernetes.containers
	count(drop(c) & {"ALL", "NET_RAW"}) == 0
	result := object.union(kubernetes.about(c, {"what": "NET_RAW is not dropped"}), {"kind": "netraw"})
}

deny contains result if {
	some c in kubernetes.containers
	not own(c, "procMount", "Default") == "Default"
	result := object.union(kubernetes.about(c, {"what": "the masks over /proc are off"}), {"kind": "proc"})
}

deny contains result if {
	some c in kubernetes.containers
	options := context(c, "seLinuxOptions", {})
	is_object(options)
	opened(options)
	result := object.union(kubernetes.about(c, {"what": "SELinux options are set"}), {"kind": "selinux"})
}

opened(options) if count({k | some k, _ in options} & {"user", "role"}) > 0

opened(options) if not values.get(options, "type", "container_t") in {"container_t", "container_init_t", "container_kvm_t"}

deny contains result if {
	some c in kubernetes.containers
	context(c, "windowsOptions", {}).hostProcess == true
	result := object.union(kubernetes.about(c, {"what": "the container is a process of the Windows host"}), {"kind": "windows"})
}

deny contains result if {
	some p in kubernetes.pods
	values.size(values.get(p.pod.spec, "hostAliases", [])) > 0
	result := object.union(kubernetes.result(p.object, "spec", {"what": "hostAliases change /etc/hosts"}), {"kind": "aliases"})
}
