# METADATA
# scope: package
# title: "Administration interface without a password enabled"
# description: "Whoever reaches the port of the service may delete its data or change what it does."
# custom:
#   id: WL036
#   severity: medium
#   message: "an option of the command opens an administration interface: {option}"
#   fix: "Remove the option, or keep the port on a network that only administrators reach."
#   ja:
#     title: "パスワードのない管理インターフェースの有効化"
#     description: "サービスのポートに到達できる人なら誰でも、データの削除や動作の変更ができます。"
#     message: "コマンドのオプションが管理インターフェースを開いています: {option}"
#     fix: "オプションを外すか、管理者だけが到達できるネットワークに置いてください。"
package policies.workload.wl036

import data.lib.workload

# Options of common programs that open an interface without asking who is there.
admin := {
	"--web.enable-admin-api", "--web.enable-lifecycle", "--api.insecure", "--skip-grant-tables",
	"--protected-mode no", "--noauth", "--enable-skip-login", "--anonymous-auth=true", "--disable-auth",
}


deny contains result if {
	some w in input.workloads
	some text in w.command
	some flag in admin
	contains(lower(text.value), flag)
	result := workload.finding(w, "command", {"option": text.value})
}
