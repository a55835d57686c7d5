# METADATA
# title: The index of apk stays in the image
# description: >-
#   The index takes space, and is old as soon as the image is used.
# custom:
#   id: DF036
#   severity: low
#   message: apk add without --no-cache
#   fix: Use apk add --no-cache, without apk update.
#   aliases: [DS025, DL3019, DKL-DI-0004, apk_add_using_local_cache_path]
#   ja:
#     title: apk のインデックスがイメージに残ります
#     description: インデックスは場所を取り、イメージを使う頃には古くなっています。
#     message: "--no-cache のない apk add"
#     fix: apk update を使わず apk add --no-cache としてください。
package policies.dockerfile.df036

import data.lib.dockerfile as df
import data.lib.packages as pk

deny contains {"line": op.line, "values": {}} if {
	some op in pk.operations
	op.final
	op.family == "apk"
	op.sub in {"add", "upgrade"}
	not pk.option(op, {"--no-cache"})
	run := input.instructions[op.run]
	not df.removes(run, "/var/cache/apk")
	not df.removes(run, "/etc/apk/cache")
	not df.removes(run, "/var/cache/*")
	not df.mounted(run, "/var/cache/apk")
	not df.mounted(run, "/etc/apk/cache")
}
