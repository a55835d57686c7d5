# METADATA
# scope: package
# title: "Mounts are propagated"
# description: "With shared propagation a mount made in the container appears on the host; with slave those of the host appear in the container."
# custom:
#   id: WL023
#   severity: low
#   message: "mounts at {target} are propagated ({mode})"
#   fix: "Remove the propagation, or use private."
#   aliases: [CIS 5.20, CL-0017, volume_mounted_in_multiple_containers]
#   ja:
#     title: "マウントの伝播"
#     description: "shared ではコンテナー内のマウントがホストに現れ、slave ではホストのマウントがコンテナーに現れます。"
#     message: "{target} のマウントが伝播します ({mode})"
#     fix: "propagation を外すか、private を使ってください。"
package policies.workload.wl023

deny contains result if {
	some w in input.workloads
	some m in w.mounts
	m.propagation in {"shared", "rshared", "slave", "rslave"}
	result := {"line": m.line, "resource": w.name, "values": {"target": m.target, "mode": m.propagation}}
}
