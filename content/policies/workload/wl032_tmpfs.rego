# METADATA
# scope: package
# title: "tmpfs without limits"
# description: "A tmpfs of any size takes the memory of the host; without noexec and nosuid it is where an intruder puts programs."
# custom:
#   id: WL032
#   severity: low
#   message: "the tmpfs at {target} lacks noexec, nosuid or size"
#   fix: "Write tmpfs: [\"/tmp:noexec,nosuid,size=64m\"]."
#   aliases: [CL-0022]
#   ja:
#     title: "制限のない tmpfs"
#     description: "サイズ制限のない tmpfs はホストのメモリーを使い切ることがあり、noexec と nosuid がなければ侵入者のプログラム置き場になります。"
#     message: "{target} の tmpfs に noexec、nosuid、size のいずれかがありません"
#     fix: "tmpfs: [\"/tmp:noexec,nosuid,size=64m\"] のように指定してください。"
package policies.workload.wl032

unbounded(m) := 0 if m.size != 0

unbounded(m) := 1 if m.size == 0

deny contains result if {
	some w in input.workloads
	some m in w.mounts
	m.type == "tmpfs"
	count({"noexec", "nosuid"} - {o | some o in m.options}) + unbounded(m) > 0
	result := {"line": m.line, "resource": w.name, "values": {"target": m.target}}
}
