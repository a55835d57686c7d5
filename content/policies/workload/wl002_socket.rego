# METADATA
# scope: package
# title: "Control socket of the container engine mounted"
# description: "Who reaches the socket of the engine starts any container, so also one with the whole host in it. Read-only does not help: requests are written to the socket, not the file."
# custom:
#   id: WL002
#   severity: critical
#   message: "the mount of {source} reaches the control socket of the container engine"
#   fix: "Remove the mount. A program that must read from the engine gets a filtering proxy for its socket, with only the calls it needs."
#   aliases: [CIS 5.32, CL-0001, KSV006, CKV_K8S_27]
#   ja:
#     title: "コンテナーエンジンの制御ソケットをマウントしている"
#     description: "エンジンのソケットに接続できれば、ホスト全体をマウントしたコンテナーも起動できます。要求はファイルではなくソケットに書かれるため、読み取り専用にしても防げません。"
#     message: "{source} のマウントからコンテナーエンジンの制御ソケットに到達できます"
#     fix: "マウントを外してください。エンジンの情報を読む必要があるプログラムには、必要な呼び出しだけを通すソケットプロキシを使わせてください。"
package policies.workload.wl002

deny contains result if {
	some w in input.workloads
	some m in w.mounts
	m.class in {"socket", "run", "root", "var"}
	result := {"line": m.line, "resource": w.name, "values": {"source": m.source}}
}
