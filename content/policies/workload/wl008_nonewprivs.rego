# METADATA
# scope: package
# title: "no-new-privileges is not set"
# description: "A program with the setuid bit lets a process of the container become root, whatever user it started as."
# custom:
#   id: WL008
#   severity: medium
#   message: "a process can gain privileges through setuid programs"
#   fix: "Write security_opt: [\"no-new-privileges:true\"]; in Kubernetes allowPrivilegeEscalation: false."
#   aliases: [CIS 5.26, CL-0003, KSV001, CKV_K8S_20, no_new_privileges_not_set, privilege_escalation_allowed]
#   kinds:
#     bare: [security_opt_not_set]
#   ja:
#     title: "no-new-privileges が設定されていない"
#     description: "setuid ビットの付いたプログラムを使うと、どのユーザーで起動したプロセスでも root になれます。"
#     message: "setuid プログラムを通じてプロセスが権限を得られます"
#     fix: "security_opt: [\"no-new-privileges:true\"] を指定してください。Kubernetes では allowPrivilegeEscalation: false です。"
package policies.workload.wl008

import data.lib.workload

# Without any security option nobody thought of one.
kind(w) := {"kind": "bare"} if {
	not w.lines.security_opt
	w.kind == "compose"
} else := {}


deny contains result if {
	some w in input.workloads
	not w.no_new_privileges
	result := object.union(workload.finding(w, "security_opt", {}), kind(w))
}
