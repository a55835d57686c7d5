# METADATA
# scope: package
# title: "Unsafe kernel parameter or limit"
# description: "The parameter is not of the container alone: it changes the kernel for others, or weakens the network of the container."
# custom:
#   id: WL034
#   severity: low
#   message: "{key} is unsafe"
#   fix: "Remove it, or set it for the host where everybody sees it."
#   aliases: [CIS 5.19, KSV026, cluster_allows_unsafe_sysctls]
#   ja:
#     title: "安全でないカーネルパラメーターまたは制限"
#     description: "このパラメーターはコンテナーだけのものではなく、他にも影響するか、コンテナーのネットワークを弱めます。"
#     message: "{key} は安全ではありません"
#     fix: "設定を外すか、ホスト側で明示的に設定してください。"
package policies.workload.wl034

import data.lib.workload

# What Kubernetes calls safe: of the namespaces of the container alone.
safe(key) if key in {
	"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
	"net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem", "net.core.somaxconn",
	"net.ipv6.conf.all.disable_ipv6",
}

unlimited(key, n) if {
	key in {"core", "nproc", "memlock"}
	n < 0
}

deny contains result if {
	some w in input.workloads
	some key, _ in w.sysctls
	not safe(replace(key, "/", "."))
	result := workload.finding(w, "sysctls", {"key": key})
}

deny contains result if {
	some w in input.workloads
	some key, n in w.ulimits
	unlimited(key, n)
	result := workload.finding(w, "sysctls", {"key": key})
}
