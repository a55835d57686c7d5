# METADATA
# scope: package
# title: "Service account of a pod"
# description: "With the token of its account a pod speaks to the API of the cluster; few need to, and those want an account of their own."
# custom:
#   id: KB004
#   severity: medium
#   message: "{what}"
#   fix: "Name a service account of its own, and write automountServiceAccountToken: false unless the pod speaks to the API."
#   kinds:
#     wanted: [KSV036, CKV_K8S_38, service_account_token_automount_not_disabled]
#     token: [CKV_K8S_38, service_account_token_automount_not_disabled]
#     none: [service_account_name_undefined_or_empty]
#     default: [CKV_K8S_41]
#     shared: [shared_service_account]
#   ja:
#     title: "Pod のサービスアカウント"
#     description: "Pod はサービスアカウントのトークンでクラスターの API に接続できます。必要な Pod は少なく、必要なら専用のアカウントが適切です。"
#     message: "{what}"
#     fix: "専用のサービスアカウントを指定し、API を使わない Pod では automountServiceAccountToken: false を指定してください。"
package policies.kubernetes.kb004

import data.lib.kubernetes
import data.lib.value as values

account(spec) := values.get(spec, "serviceAccountName", values.get(spec, "serviceAccount", ""))

deny contains result if {
	some p in kubernetes.pods
	values.get(p.pod.spec, "automountServiceAccountToken", true) != false
	not disabled(p)
	result := object.union(kubernetes.result(p.object, "spec", {"what": "the token of the service account is mounted"}), {"kind": kind(p)})
}

# kind tells a token that is asked for from one that is mounted since nobody says otherwise.
kind(p) := "wanted" if wanted(p)

kind(p) := "token" if not wanted(p)

wanted(p) if p.pod.spec.automountServiceAccountToken == true

wanted(p) if {
	some c in p.pod.spec.containers
	some m in c.volumeMounts
	m.mountPath == "/var/run/secrets/kubernetes.io/serviceaccount"
}

disabled(p) if {
	some o in input.objects
	o.value.kind == "ServiceAccount"
	o.value.metadata.name == account(p.pod.spec)
	o.value.automountServiceAccountToken == false
	not p.pod.spec.automountServiceAccountToken
}

deny contains result if {
	some p in kubernetes.pods
	account(p.pod.spec) in {"", null}
	result := object.union(kubernetes.result(p.object, "spec", {"what": "no service account is named"}), {"kind": "none"})
}

deny contains result if {
	some p in kubernetes.pods
	account(p.pod.spec) == "default"
	result := object.union(kubernetes.result(p.object, "spec", {"what": "the default service account is used"}), {"kind": "default"})
}

deny contains result if {
	some o in input.objects
	o.value.kind == "ServiceAccount"
	o.value.metadata.name == "default"
	values.get(o.value, "automountServiceAccountToken", true) != false
	result := object.union(kubernetes.result(o, "metadata", {"what": "pods of the default service account get its token"}), {"kind": "default"})
}

deny contains result if {
	some p in kubernetes.pods
	name := account(p.pod.spec)
	not name in {"", null}
	others := {other.object.name | some other in kubernetes.pods; account(other.pod.spec) == name}
	count(others) > 1
	result := object.union(kubernetes.result(p.object, "spec", {"what": sprintf("the service account %s is shared by %d pods", [name, count(others)])}), {"kind": "shared"})
}
