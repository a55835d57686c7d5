# METADATA
# scope: package
# title: "PodSecurityPolicy allows too much"
# description: "Pods under the policy may do what it was made to prevent."
# custom:
#   id: KB009
#   severity: medium
#   message: "the policy allows {what}"
#   fix: "Forbid it in the policy; newer clusters use Pod Security Standards."
#   kinds:
#     privileged: [CKV_K8S_2, psp_set_to_privileged]
#     escalation: [CKV_K8S_5, psp_allows_privilege_escalation]
#     hostPID: [CKV_K8S_1, psp_allows_sharing_host_pid]
#     hostIPC: [CKV_K8S_3, psp_allows_sharing_host_ipc]
#     hostNetwork: [CKV_K8S_4, psp_containers_share_host_network_namespace]
#     capabilities: [CKV_K8S_24, psp_with_added_capabilities]
#     drop: [CKV_K8S_7, CKV_K8S_36, not_limited_capabilities_for_pod_security_policy]
#     root: [CKV_K8S_6]
#     paths: [psp_with_unrestricted_access_to_host_path]
#     sysctls: [cluster_allows_unsafe_sysctls]
#     writable: [root_container_not_mounted_as_read_only]
#   ja:
#     title: "許可しすぎの PodSecurityPolicy"
#     description: "このポリシーの対象の Pod は、本来防ぐべき操作を行えます。"
#     message: "ポリシーが {what} を許可しています"
#     fix: "ポリシーで禁止してください。新しいクラスターでは Pod Security Standards を使います。"
package policies.kubernetes.kb009

import data.lib.kubernetes
import data.lib.value as values

psp contains {"object": o, "spec": values.get(o.value, "spec", {})} if {
	some o in input.objects
	o.value.kind == "PodSecurityPolicy"
}

allowed contains {"object": p.object, "kind": "privileged", "what": "privileged containers"} if {
	some p in psp
	p.spec.privileged == true
}

allowed contains {"object": p.object, "kind": "escalation", "what": "privilege escalation"} if {
	some p in psp
	values.get(p.spec, "allowPrivilegeEscalation", true) != false
}

allowed contains {"object": p.object, "kind": key, "what": key} if {
	some p in psp
	some key in ["hostPID", "hostIPC", "hostNetwork"]
	p.spec[key] == true
}

allowed contains {"object": p.object, "kind": "capabilities", "what": "further capabilities"} if {
	some p in psp
	values.size(values.get(p.spec, "allowedCapabilities", [])) + values.size(values.get(p.spec, "defaultAddCapabilities", [])) > 0
}

allowed contains {"object": p.object, "kind": "drop", "what": "the default capabilities"} if {
	some p in psp
	values.size(values.get(p.spec, "requiredDropCapabilities", [])) == 0
}

allowed contains {"object": p.object, "kind": "root", "what": "the user root"} if {
	some p in psp
	values.get(p.spec, ["runAsUser", "rule"], "RunAsAny") == "RunAsAny"
}

allowed contains {"object": p.object, "kind": "paths", "what": "every path of the node"} if {
	some p in psp
	some path in values.get(p.spec, "allowedHostPaths", [])
	not path.readOnly == true
}

allowed contains {"object": p.object, "kind": "sysctls", "what": "unsafe kernel parameters"} if {
	some p in psp
	values.size(values.get(p.spec, "allowedUnsafeSysctls", [])) > 0
}

allowed contains {"object": p.object, "kind": "writable", "what": "a writable root file system"} if {
	some p in psp
	values.get(p.spec, "readOnlyRootFilesystem", false) != true
}

deny contains result if {
	some a in allowed
	result := object.union(kubernetes.result(a.object, "spec", {"what": a.what}), {"kind": a.kind})
}
