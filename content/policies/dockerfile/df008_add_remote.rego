# METADATA
# title: ADD downloads without a checksum
# description: >-
#   What is downloaded can be another thing tomorrow, or something that somebody put there. Without a
#   checksum nobody notices.
# custom:
#   id: DF008
#   severity: medium
#   message: "ADD of {source} without --checksum"
#   fix: Add --checksum=sha256:…, or download in a RUN that checks a signature and removes what it does not need.
#   aliases: [CIS 4.9, CKV_DOCKER_4, curl_or_wget_instead_of_add]
#   ja:
#     title: ADD がチェックサムなしでダウンロードします
#     description: ダウンロードされる内容は明日には変わっているか、誰かに差し替えられているかもしれません。チェックサムがなければ気付けません。
#     message: "{source} の ADD に --checksum がありません"
#     fix: "--checksum=sha256:… を付けるか、RUN の中でダウンロードして署名を検証し、不要なものを消してください。"
package policies.dockerfile.df008

deny contains {"line": i.line, "end_line": i.end_line, "values": {"source": source}} if {
	some i in input.instructions
	i.cmd == "add"
	not i.flags.checksum
	some source in i.sources
	regex.match(`(?i)^(https?|ftp)://`, source)
}
