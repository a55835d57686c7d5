# METADATA
# scope: package
# title: "Dangerous device of the host"
# description: "A disk gives every file of the host, whatever the permissions; memory and kernel devices give the kernel."
# custom:
#   id: WL022
#   severity: high
#   message: "the device {device} of the host is handed in"
#   fix: "Remove the device. Mount the files that are needed instead of the disk."
#   aliases: [CIS 5.18, CL-0016]
#   ja:
#     title: "ホストの危険なデバイス"
#     description: "ディスクを渡すと、権限に関係なくホストの全ファイルを読み書きできます。メモリーやカーネルのデバイスではカーネルを操作できます。"
#     message: "ホストのデバイス {device} が渡されています"
#     fix: "デバイスを外し、ディスクではなく必要なファイルだけをマウントしてください。"
package policies.workload.wl022

deny contains result if {
	some w in input.workloads
	some d in w.devices
	d.dangerous
	result := {"line": d.line, "resource": w.name, "values": {"device": d.source}}
}
