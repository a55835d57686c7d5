# METADATA
# scope: package
# title: "No seccomp profile"
# description: "Without the profile every system call of the kernel is open, among them those that exploits need."
# custom:
#   id: WL017
#   severity: high
#   message: "system calls are not filtered"
#   fix: "Remove seccomp:unconfined; in Kubernetes set seccompProfile.type to RuntimeDefault."
#   aliases: [CIS 5.22, CL-0009, default_seccomp_profile_disabled, KSV104, KSV030, CKV_K8S_31, seccomp_profile_is_not_configured]
#   ja:
#     title: "seccomp プロファイルがない"
#     description: "プロファイルがないと、攻撃に使われるものを含むすべてのシステムコールを呼び出せます。"
#     message: "システムコールが制限されていません"
#     fix: "seccomp:unconfined を外してください。Kubernetes では seccompProfile.type に RuntimeDefault を指定してください。"
package policies.workload.wl017

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.seccomp == "unconfined"
	result := workload.finding(w, "security_opt", {})
}

deny contains result if {
	some w in input.workloads
	w.kind == "kubernetes"
	w.seccomp == ""
	result := workload.finding(w, "security_opt", {})
}
