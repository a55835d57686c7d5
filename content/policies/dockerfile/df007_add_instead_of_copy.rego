# METADATA
# title: ADD where COPY is enough
# description: >-
#   ADD also downloads and unpacks, depending on what the source happens to be. COPY does what it says
#   and nothing else.
# custom:
#   id: DF007
#   severity: medium
#   message: "ADD of {source}"
#   fix: Use COPY for files of the context.
#   aliases: [CIS 4.9, DS005, DL3020, CKV_DOCKER_4, add_instead_of_copy]
#   ja:
#     title: COPY で足りるところに ADD が使われています
#     description: ADD は、ソースが何であるかによってダウンロードや展開も行います。COPY は書かれたとおりのことだけを行います。
#     message: "{source} の ADD"
#     fix: コンテキストのファイルには COPY を使ってください。
package policies.dockerfile.df007

deny contains {"line": i.line, "end_line": i.end_line, "values": {"source": source}} if {
	some i in input.instructions
	i.cmd == "add"
	some source in i.sources
	not regex.match(`^[a-z+]+://|^git@|^<<|\.git(#.*)?$`, source)
	not regex.match(`(?i)\.(tar|tar\.[a-z0-9]+|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst|lzma|z)$`, source)
}
