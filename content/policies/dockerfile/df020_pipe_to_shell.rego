# METADATA
# title: A download is run without being checked
# description: >-
#   Whoever controls the server, the name or the way there decides what runs as root in the build. A
#   download that breaks off runs half.
# custom:
#   id: DF020
#   severity: high
#   message: "what {program} downloads is run by {shell}"
#   fix: Download to a file, compare its checksum or signature, then run it.
#   aliases: [CIS 4.11]
#   ja:
#     title: ダウンロードした内容が検証なしに実行されます
#     description: サーバー、名前解決、経路のいずれかを支配する者が、ビルドで root として何を実行するかを決められます。途中で切れたダウンロードは半分だけ実行されます。
#     message: "{program} がダウンロードした内容を {shell} が実行します"
#     fix: ファイルにダウンロードし、チェックサムか署名を検証してから実行してください。
package policies.dockerfile.df020

import data.lib.dockerfile as df

runners := df.shells | {"python", "python2", "python3", "perl", "ruby", "node", "php", "eval", "source", "."}

# curl … | sh
deny contains {"line": from.line, "values": {"program": from.name, "shell": to.name}} if {
	some i in df.runs
	some p, from in i.commands
	from.name in {"curl", "wget", "fetch", "aria2c"}
	from.pipe
	some q, to in i.commands
	q > p
	to.pipe == from.pipe
	to.name in runners
	not script_given(to)
}

# sh -c "$(curl …)", bash <(curl …)
deny contains {"line": c.line, "values": {"program": c.name, "shell": outer.name}} if {
	some i in df.runs
	some c in i.commands
	c.name in {"curl", "wget", "fetch", "aria2c"}
	c.via == "substitution"
	outer := i.commands[c.parent - 1]
	outer.name in runners
}

# A shell that is given a script to run reads its data from the pipe.
script_given(c) if {
	c.name in {"python", "python2", "python3", "perl", "ruby", "node", "php"}
	some word in array.slice(c.argv, 1, count(c.argv))
	word != "-"
}

script_given(c) if {
	c.name in df.shells
	some word in array.slice(c.argv, 1, count(c.argv))
	regex.match(`^-[a-z]*c$|^[^-]`, word)
	not "-s" in c.argv
}
