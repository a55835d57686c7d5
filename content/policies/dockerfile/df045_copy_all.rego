# METADATA
# title: The whole context is copied without .dockerignore
# description: >-
#   Everything in the folder becomes part of the image: .git with its history, .env with passwords,
#   keys, what editors left behind.
# custom:
#   id: DF045
#   severity: medium
#   message: "{cmd} {source} copies the whole folder, and {lacking}"
#   fix: Write a .dockerignore that names .git, .env and keys, or copy what is needed by name.
#   ja:
#     title: .dockerignore なしでコンテキスト全体がコピーされます
#     description: フォルダ内のすべてがイメージに入ります。履歴を含む .git、パスワードを含む .env、鍵、エディタの残したファイルなどです。
#     message: "{cmd} {source} はフォルダ全体をコピーします({lacking})"
#     fix: .git、.env、鍵を挙げた .dockerignore を書くか、必要なものを名前でコピーしてください。
package policies.dockerfile.df045

deny contains {"line": i.line, "values": {"cmd": upper(i.cmd), "source": source, "lacking": lacking}} if {
	input.ignore.known
	some i in input.instructions
	i.cmd in {"copy", "add"}
	not i.flags.from
	some source in i.sources
	source in {".", "./", "*", "./*", "/", "./."}
	not excluded(i)
}

lacking := ".dockerignore: -" if not input.ignore.present

lacking := concat("", [".dockerignore: ", concat(", ", missing)]) if {
	input.ignore.present
	count(missing) > 0
}

missing := [name | some name in [".git", ".env"]; not covered(name)]

# One that leaves out all and names what comes in needs no further names.
covered(name) if {
	some pattern in input.ignore.patterns
	trim(pattern, "/") in {"*", "**", name, concat("", ["**/", name]), concat("", [name, "*"]), concat("", ["**/", name, "*"]), ".*", "**/.*"}
}

excluded(i) if i.flags.exclude
