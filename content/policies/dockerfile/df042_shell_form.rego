# METADATA
# title: CMD or ENTRYPOINT in shell form
# description: >-
#   The program then runs below a shell that does not pass signals on: stopping the container takes ten
#   seconds and ends with a kill. Values of variables become code of the shell.
# custom:
#   id: DF042
#   severity: low
#   message: "{cmd} is no list"
#   fix: "Write it as a list: {cmd} [\"program\", \"argument\"]."
#   aliases: [DL3025]
#   ja:
#     title: CMD または ENTRYPOINT がシェル形式です
#     description: プログラムはシグナルを伝えないシェルの下で動作し、コンテナの停止に 10 秒かかって強制終了されます。変数の値がシェルのコードになります。
#     message: "{cmd} がリストではありません"
#     fix: "[\"program\", \"argument\"] のようにリストで書いてください。"
package policies.dockerfile.df042

deny contains {"line": i.line, "end_line": i.end_line, "values": {"cmd": upper(i.cmd)}} if {
	some i in input.instructions
	i.cmd in {"cmd", "entrypoint"}
	not i.json
	i.value != ""
}
