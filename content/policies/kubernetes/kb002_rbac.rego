# METADATA
# scope: package
# title: "Role grants more than anybody should have"
# description: "Whoever has this right can give himself every other one."
# custom:
#   id: KB002
#   severity: high
#   message: "the role grants {what}"
#   fix: "Name the resources and verbs that are needed, and names of single objects where that can be."
#   kinds:
#     secrets: [KSV041, KSV113, rbac_roles_with_read_secrets_permissions, service_account_allows_access_secrets]
#     secrets-write: [KSV041, KSV113]
#     impersonate: [KSV043, rbac_roles_with_impersonate_permission]
#     pods: [permissive_access_to_create_pods]
#     manage-pods: [KSV048]
#     exec: [KSV053, rbac_roles_with_exec_permission]
#     attach: [KSV054, rbac_roles_with_attach_permission]
#     forward: [rbac_roles_with_portforwarding_permissions]
#     logs: [KSV042]
#     nodes: [KSV047]
#     bind: [KSV051, KSV052, CKV_K8S_157, rbac_roles_allow_privilege_escalation]
#     escalate: [CKV_K8S_158, rbac_roles_allow_privilege_escalation]
#     grants: [KSV050, KSV055]
#     configmaps: [KSV049]
#     network: [KSV056]
#     webhooks: [KSV114, CKV_K8S_155]
#     certificates: [CKV_K8S_156]
#     wildcard: [KSV044, KSV045, KSV046, KSV112, CKV_K8S_49, rbac_wildcard_in_rule]
#   ja:
#     title: "必要以上の権限を与えるロール"
#     description: "この権限を持つ人は、他のすべての権限を自分に与えられます。"
#     message: "ロールが {what} を許可しています"
#     fix: "必要なリソースと動詞だけを列挙し、可能なら個々のオブジェクト名 (resourceNames) も指定してください。"
package policies.kubernetes.kb002

import data.lib.kubernetes
import data.lib.value as values

roles contains {"object": o, "rule": rule} if {
	some o in input.objects
	o.value.kind in {"Role", "ClusterRole"}
	some rule in values.get(o.value, "rules", [])
}

can(rule, verbs) if count({v | some v in values.get(rule, "verbs", [])} & (verbs | {"*"})) > 0

touches(rule, resources) if count({r | some r in values.get(rule, "resources", [])} & (resources | {"*"})) > 0

rows := [
	{"kind": "secrets", "what": "reading secrets", "resources": {"secrets"}, "verbs": {"get", "list", "watch"}},
	{"kind": "secrets-write", "what": "changes of secrets", "resources": {"secrets"}, "verbs": {"create", "update", "patch", "delete", "deletecollection", "impersonate"}},
	{"kind": "impersonate", "what": "impersonation", "resources": {"users", "groups", "serviceaccounts", "userextras"}, "verbs": {"impersonate"}},
	{"kind": "pods", "what": "creation of pods", "resources": {"pods", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs", "replicationcontrollers"}, "verbs": {"create"}},
	{"kind": "manage-pods", "what": "changes of pods", "resources": {"pods", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs", "replicationcontrollers"}, "verbs": {"create", "update", "patch", "delete", "deletecollection"}},
	{"kind": "exec", "what": "commands in pods", "resources": {"pods/exec"}, "verbs": {"create", "get"}},
	{"kind": "attach", "what": "attaching to pods", "resources": {"pods/attach"}, "verbs": {"create", "get"}},
	{"kind": "forward", "what": "forwarding of ports", "resources": {"pods/portforward"}, "verbs": {"create", "get"}},
	{"kind": "logs", "what": "deletion of logs", "resources": {"pods/log"}, "verbs": {"delete", "deletecollection"}},
	{"kind": "nodes", "what": "the proxy of nodes", "resources": {"nodes/proxy"}, "verbs": {"get", "create"}},
	{"kind": "bind", "what": "binding of roles", "resources": {"roles", "clusterroles", "rolebindings", "clusterrolebindings"}, "verbs": {"bind"}},
	{"kind": "escalate", "what": "escalation of roles", "resources": {"roles", "clusterroles"}, "verbs": {"escalate"}},
	{"kind": "grants", "what": "changes of roles", "resources": {"roles", "rolebindings", "clusterroles", "clusterrolebindings"}, "verbs": {"create", "update", "delete", "deletecollection", "impersonate", "patch"}},
	{"kind": "configmaps", "what": "changes of config maps", "resources": {"configmaps"}, "verbs": {"create", "update", "patch", "delete", "deletecollection", "impersonate"}},
	{"kind": "network", "what": "changes of the network", "resources": {"services", "endpoints", "endpointslices", "networkpolicies", "ingresses"}, "verbs": {"create", "update", "patch", "delete", "deletecollection", "impersonate"}},
	{"kind": "webhooks", "what": "changes of admission webhooks", "resources": {"mutatingwebhookconfigurations", "validatingwebhookconfigurations"}, "verbs": {"create", "update", "patch", "delete", "deletecollection", "impersonate"}},
	{"kind": "certificates", "what": "approval of certificates", "resources": {"certificatesigningrequests/approval"}, "verbs": {"update", "patch"}},
]

deny contains result if {
	some r in roles
	some row in rows
	can(r.rule, row.verbs)
	touches(r.rule, row.resources)
	values.size(values.get(r.rule, "resourceNames", [])) == 0
	result := object.union(kubernetes.result(r.object, "rules", {"what": row.what}), {"kind": row.kind})
}

deny contains result if {
	some r in roles
	some key in ["verbs", "resources", "apiGroups"]
	"*" in values.get(r.rule, key, [])
	result := object.union(kubernetes.result(r.object, "rules", {"what": sprintf("every one of its %s", [key])}), {"kind": "wildcard"})
}
