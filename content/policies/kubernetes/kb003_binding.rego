# METADATA
# scope: package
# title: "Binding gives a role to too many"
# description: "Everybody of the group, and every pod of the default account, gets what the role grants."
# custom:
#   id: KB003
#   severity: high
#   message: "{subject} gets the role {role}"
#   fix: "Bind the role to a service account of its own."
#   kinds:
#     default: [CKV_K8S_42, role_binding_to_default_service_account]
#     anonymous: [KSV122]
#     authenticated: [KSV01011]
#     masters: [KSV0123]
#     admin: [KSV111, cluster_admin_role_binding_with_super_user_permissions]
#   ja:
#     title: "広すぎる相手へのロールの割り当て"
#     description: "グループの全員、または既定のアカウントを使うすべての Pod が、ロールの権限を得ます。"
#     message: "{subject} にロール {role} が割り当てられています"
#     fix: "専用のサービスアカウントにロールを割り当ててください。"
package policies.kubernetes.kb003

import data.lib.kubernetes
import data.lib.value as values

rows := [
	{"kind": "default", "subject": {"default"}, "role": ".*"},
	{"kind": "anonymous", "subject": {"system:anonymous", "system:unauthenticated"}, "role": ".*"},
	{"kind": "authenticated", "subject": {"system:authenticated"}, "role": ".*"},
	{"kind": "masters", "subject": {"system:masters"}, "role": ".*"},
]

deny contains result if {
	some o in input.objects
	o.value.kind in {"RoleBinding", "ClusterRoleBinding"}
	some subject in values.get(o.value, "subjects", [])
	some row in rows
	subject.name in row.subject
	result := object.union(kubernetes.result(o, "subjects", {"subject": values.text(subject, "name"), "role": values.get(o.value, ["roleRef", "name"], "")}), {"kind": row.kind})
}

deny contains result if {
	some o in input.objects
	o.value.kind in {"RoleBinding", "ClusterRoleBinding"}
	o.value.roleRef.name in {"cluster-admin", "admin", "edit"}
	some subject in values.get(o.value, "subjects", [])
	result := object.union(kubernetes.result(o, "roleRef", {"subject": values.text(subject, "name"), "role": values.get(o.value, ["roleRef", "name"], "")}), {"kind": "admin"})
}
