# METADATA
# scope: package
# title: "Runs as root"
# description: "Root in the container is root outside as soon as one wall of the container gives way, and owns every file mounted into it."
# custom:
#   id: WL010
#   severity: medium
#   message: "the container runs as root, or may"
#   fix: "Name a user with a number: user: \"10001:10001\"; in Kubernetes runAsNonRoot: true and runAsUser."
#   aliases: [CIS 4.1, CL-0018, KSV012, CKV_K8S_23, containers_running_as_root]
#   ja:
#     title: "root で実行している"
#     description: "コンテナーの隔離が一つでも破られると、コンテナー内の root はそのままホストの root になります。マウントされたファイルもすべて操作できます。"
#     message: "コンテナーが root で実行される、またはその可能性があります"
#     fix: "user: \"10001:10001\" のように番号でユーザーを指定してください。Kubernetes では runAsNonRoot: true と runAsUser です。"
package policies.workload.wl010

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.user.root == "yes"
	result := workload.finding(w, "user", {})
}

deny contains result if {
	some w in input.workloads
	w.kind == "kubernetes"
	w.user.root == "unknown"
	result := workload.finding(w, "user", {})
}
