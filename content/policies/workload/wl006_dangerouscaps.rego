# METADATA
# scope: package
# title: "Dangerous capability added"
# description: "The capability reaches beyond what a service needs: network settings, the clock, locks, files of others."
# custom:
#   id: WL006
#   severity: high
#   message: "the capability {capability} is added"
#   fix: "Remove the capability, or keep it and say why with an ignore comment."
#   aliases: [CIS 5.4, CL-0011, CL-0027, CL-0028, CL-0029, CL-0030, CKV_K8S_25]
#   ja:
#     title: "危険なケーパビリティの追加"
#     description: "ネットワーク設定、時計、ロック、他人のファイルなど、通常のサービスに必要な範囲を超えた操作ができるケーパビリティです。"
#     message: "ケーパビリティ {capability} が追加されています"
#     fix: "ケーパビリティを外してください。必要な場合は、理由を書いた ignore コメントを付けてください。"
package policies.workload.wl006

import data.lib.workload

# Powerful, though not the host by themselves.
dangerous := {
	"NET_ADMIN", "NET_RAW", "SYS_TIME", "SYS_TTY_CONFIG", "SYS_NICE", "SYS_RESOURCE", "SYS_PACCT", "SYSLOG",
	"IPC_LOCK", "IPC_OWNER", "DAC_OVERRIDE", "LINUX_IMMUTABLE", "LEASE", "WAKE_ALARM", "BLOCK_SUSPEND",
	"AUDIT_CONTROL", "AUDIT_READ", "PERFMON", "CHECKPOINT_RESTORE", "MKNOD", "SETPCAP", "SETFCAP", "NET_BROADCAST",
}

# One of the default set that is kept while the others are dropped is less than most have.
severity(w, cap) := {"severity": "low"} if {
	"ALL" in w.capabilities.drop
	cap in {"DAC_OVERRIDE", "MKNOD", "NET_RAW", "SETFCAP", "SETPCAP"}
} else := {}


deny contains result if {
	some w in input.workloads
	not w.privileged
	some cap in w.capabilities.add
	cap in dangerous
	result := object.union(workload.finding(w, "cap_add", {"capability": cap}), severity(w, cap))
}
