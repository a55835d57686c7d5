# METADATA
# scope: package
# title: "Owner or mode of a file of the engine"
# description: "Who may change these files, or write to the socket, is root; who may read the keys is the daemon."
# custom:
#   id: DM301
#   severity: high
#   message: "{what} {path}: {state}"
#   fix: "chown and chmod it as the message says."
#   aliases: [CIS 3.1, CIS 3.2, CIS 3.3, CIS 3.4, CIS 3.5, CIS 3.6, CIS 3.7, CIS 3.8, CIS 3.9, CIS 3.10, CIS 3.11, CIS 3.12, CIS 3.13, CIS 3.14, CIS 3.15, CIS 3.16, CIS 3.17, CIS 3.18, CIS 3.19, CIS 3.20, CIS 3.21, CIS 3.22, CIS 3.23, CIS 3.24]
#   ja:
#     title: "エンジンのファイルの所有者またはモード"
#     description: "これらのファイルを変更したりソケットに書き込める人は root と同じです。鍵を読める人はデーモンになりすませます。"
#     message: "{path} ({what}): {state}"
#     fix: "メッセージのとおりに chown と chmod を実行してください。"
package policies.daemon.dm301

deny contains result if {
	some f in input.host.files
	count(f.wrong) > 0
	result := {"line": 0, "resource": f.path, "values": {
		"what": f.what,
		"path": f.path,
		"state": sprintf("%s:%s %s, want %s:%s %s", [f.owner, f.group, f.mode, f.want_owner, f.want_group, f.want_mode]),
	}}
}
