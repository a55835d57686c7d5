# METADATA
# scope: package
# title: "Capability that gives the host away"
# description: "With this capability a process of the container can load code into the kernel, mount the file systems of the host or read the memory of its processes."
# custom:
#   id: WL005
#   severity: critical
#   message: "the capability {capability} is added"
#   fix: "Remove the capability. What needs it belongs on the host, or behind a small service that does only this."
#   aliases: [CIS 5.4, CL-0024, CL-0011, KSV005, CKV_K8S_39, container_capabilities_unrestricted, containers_with_sys_admin_capabilities]
#   kinds:
#     module: [KSV120]
#   ja:
#     title: "ホストの乗っ取りにつながるケーパビリティ"
#     description: "このケーパビリティがあると、コンテナーのプロセスがカーネルへのコードの読み込み、ホストのファイルシステムのマウント、ホストのプロセスのメモリーの読み取りを行えます。"
#     message: "ケーパビリティ {capability} が追加されています"
#     fix: "ケーパビリティを外してください。必要な処理はホスト側か、その処理だけを行う小さなサービスに移してください。"
package policies.workload.wl005

import data.lib.workload

# Who has one of these runs code on the host.
host := {"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_PTRACE", "SYS_BOOT", "BPF", "DAC_READ_SEARCH", "MAC_ADMIN", "MAC_OVERRIDE"}

kind("SYS_MODULE") := {"kind": "module"}

kind(cap) := {} if cap != "SYS_MODULE"

deny contains result if {
	some w in input.workloads
	not w.privileged
	some cap in w.capabilities.add
	cap in host
	result := object.union(workload.finding(w, "cap_add", {"capability": cap}), kind(cap))
}
