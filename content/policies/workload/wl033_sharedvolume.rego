# METADATA
# scope: package
# title: "Volume that several services may write"
# description: "Who takes over one of the services changes the files of the others."
# custom:
#   id: WL033
#   severity: medium
#   message: "the volume {volume} is written by {workloads}"
#   fix: "Mount it read-only (:ro) in all services but one."
#   aliases: [shared_volumes_between_containers]
#   ja:
#     title: "複数のサービスが書き込めるボリューム"
#     description: "一つのサービスが乗っ取られると、他のサービスのファイルも書き換えられます。"
#     message: "ボリューム {volume} に {workloads} が書き込めます"
#     fix: "書き込むサービスを一つに絞り、他では読み取り専用 (:ro) でマウントしてください。"
package policies.workload.wl033

deny contains result if {
	some v in input.shared_volumes
	result := {
		"line": v.line,
		"resource": v.workloads[0],
		"values": {"volume": v.volume, "workloads": concat(", ", v.workloads)},
	}
}
