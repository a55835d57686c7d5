# METADATA
# scope: package
# title: "AppArmor or SELinux switched off"
# description: "The profile of the host keeps containers from mounts and from files below /proc and /sys even when they are root."
# custom:
#   id: WL018
#   severity: high
#   message: "the AppArmor or SELinux profile is switched off"
#   fix: "Remove apparmor:unconfined, label:disable and systempaths=unconfined."
#   aliases: [CIS 5.2, CIS 5.3, CL-0009, KSV002]
#   ja:
#     title: "AppArmor または SELinux が無効"
#     description: "ホストのプロファイルは、コンテナーが root であってもマウント操作や /proc、/sys のファイルへのアクセスを防ぎます。"
#     message: "AppArmor または SELinux のプロファイルが無効になっています"
#     fix: "apparmor:unconfined、label:disable、systempaths=unconfined を外してください。"
package policies.workload.wl018

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.apparmor == "unconfined"
	result := workload.finding(w, "security_opt", {})
}

deny contains result if {
	some w in input.workloads
	w.apparmor != "unconfined"
	w.selinux == "unconfined"
	result := workload.finding(w, "security_opt", {})
}
