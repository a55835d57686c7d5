# METADATA
# scope: package
# title: "Privileged container"
# description: "A privileged container has every capability, every device and no seccomp or AppArmor profile: root in it is root on the host."
# custom:
#   id: WL001
#   severity: critical
#   message: "the container is privileged"
#   fix: "Remove privileged and grant what is needed: single capabilities with cap_add, single devices with devices."
#   aliases: [CIS 5.5, CL-0002, KSV017, CKV_K8S_16, privileged_containers_enabled, container_is_privileged]
#   ja:
#     title: "特権コンテナー"
#     description: "特権コンテナーはすべてのケーパビリティとデバイスを持ち、seccomp や AppArmor の制限も受けません。コンテナー内の root はホストの root と同じです。"
#     message: "コンテナーが特権モードで動作します"
#     fix: "privileged を外し、必要なケーパビリティ (cap_add) とデバイス (devices) だけを個別に許可してください。"
package policies.workload.wl001

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.privileged
	result := workload.finding(w, "privileged", {})
}
