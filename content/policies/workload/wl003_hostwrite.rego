# METADATA
# scope: package
# title: "Path of the host mounted writable that gives the host away"
# description: "Writing below this path changes what the host runs as root: timers, accounts, keys, the kernel, other containers."
# custom:
#   id: WL003
#   severity: critical
#   message: "{source} of the host is mounted writable"
#   fix: "Remove the mount, narrow it to the files that are needed, or at least make it read-only."
#   aliases: [CIS 5.6, CL-0025, CL-0013, volume_has_sensitive_host_directory, volume_mount_with_os_directory_write_permissions]
#   ja:
#     title: "ホストの乗っ取りにつながるパスを書き込み可能でマウントしている"
#     description: "このパスに書き込めると、タイマー、アカウント、鍵、カーネル、他のコンテナーなど、ホストが root として実行するものを変更できます。"
#     message: "ホストの {source} が書き込み可能でマウントされています"
#     fix: "マウントを外すか、必要なファイルだけに絞ってください。少なくとも読み取り専用にしてください。"
package policies.workload.wl003

deny contains result if {
	some w in input.workloads
	some m in w.mounts
	m.class in {"root", "etc", "roothome", "boot", "engine", "kubelet", "proc", "sys", "cgroup", "dev", "system"}
	not m.read_only
	result := {"line": m.line, "resource": w.name, "values": {"source": m.source}}
}
