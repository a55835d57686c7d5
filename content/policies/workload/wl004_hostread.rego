# METADATA
# scope: package
# title: "Sensitive path of the host mounted"
# description: "The path holds what nobody in the container should read or change: password hashes, keys, data of other containers, the state of the host."
# custom:
#   id: WL004
#   severity: high
#   message: "{source} of the host is mounted"
#   fix: "Mount only the files that are needed, or give the data to the container in a volume of its own."
#   aliases: [CIS 5.6, CL-0013, volume_has_sensitive_host_directory]
#   ja:
#     title: "ホストの機密性の高いパスをマウントしている"
#     description: "このパスには、パスワードハッシュ、鍵、他のコンテナーのデータ、ホストの状態など、コンテナーから読み書きされるべきでないものがあります。"
#     message: "ホストの {source} がマウントされています"
#     fix: "必要なファイルだけをマウントするか、専用のボリュームでデータを渡してください。"
package policies.workload.wl004

deny contains result if {
	some w in input.workloads
	some m in w.mounts
	m.class in {"root", "etc", "roothome", "boot", "engine", "kubelet", "proc", "sys", "cgroup", "dev", "run", "var", "socket"}
	m.read_only
	result := {"line": m.line, "resource": w.name, "values": {"source": m.source}}
}

deny contains result if {
	some w in input.workloads
	some m in w.mounts
	m.class in {"home", "log", "run", "var"}
	not m.read_only
	result := {"line": m.line, "resource": w.name, "values": {"source": m.source}}
}
