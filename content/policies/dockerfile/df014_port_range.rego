# METADATA
# title: A port that does not exist
# description: >-
#   Ports go from 0 to 65535. What is written is not what was meant.
# custom:
#   id: DF014
#   severity: low
#   message: "port {port} is out of range"
#   fix: Write the port that the service listens on.
#   aliases: [DS008, DL3011, unix_ports_out_of_range]
#   ja:
#     title: 存在しないポートです
#     description: ポートは 0 から 65535 までです。書かれている値は意図したものではありません。
#     message: "ポート {port} は範囲外です"
#     fix: サービスが待ち受けるポートを指定してください。
package policies.dockerfile.df014

deny contains {"line": i.line, "values": {"port": number}} if {
	some i in input.instructions
	i.cmd == "expose"
	some word in i.args
	not contains(word, "$")
	some number in regex.find_n(`[0-9]+`, split(word, "/")[0], -1)
	over(number)
}

over(number) if count(trim_left(number, "0")) > 5

over(number) if {
	count(trim_left(number, "0")) == 5
	to_number(trim_left(number, "0")) > 65535
}
