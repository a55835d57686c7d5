# METADATA
# title: The cache of pip stays in the image
# description: >-
#   pip keeps what it downloaded for a next time that never comes.
# custom:
#   id: DF037
#   severity: low
#   message: "{program} install without --no-cache-dir"
#   fix: "Add --no-cache-dir, or mount a cache: RUN --mount=type=cache,target=/root/.cache/pip."
#   aliases: [DL3042, pip_install_keeping_cached_packages]
#   ja:
#     title: pip のキャッシュがイメージに残ります
#     description: pip は、二度と来ない次回のためにダウンロードしたものを残します。
#     message: "--no-cache-dir のない {program} install"
#     fix: "--no-cache-dir を付けるか、RUN --mount=type=cache,target=/root/.cache/pip でキャッシュをマウントしてください。"
package policies.dockerfile.df037

import data.lib.dockerfile as df
import data.lib.packages as pk

deny contains {"line": op.line, "values": {"program": op.program}} if {
	some op in pk.installs
	op.final
	op.family == "pip"
	op.program != "pipx"
	not pk.option(op, {"--no-cache-dir", "--no-cache", "--help"})
	not switched_off(op)
	run := input.instructions[op.run]
	not removed(run)
	not mounted(run)
}

# The variable counts from where it is set on, in this stage and those that begin with it.
switched_off(op) if {
	values := [s.value | some s in df.settings; s.key == "PIP_NO_CACHE_DIR"; s.index <= op.run; s.final]
	count(values) > 0
	not lower(values[count(values) - 1]) in {"0", "no", "off", "false", ""}
}

removed(run) if {
	some c in run.commands
	c.name == "rm"
	some word in c.argv
	regex.match(`\.cache(/|$)`, word)
}

removed(run) if {
	some c in run.commands
	startswith(c.name, "pip")
	array.slice(c.argv, 1, 3) == ["cache", "purge"]
}

mounted(run) if {
	some target in df.mounts(run)
	contains(target, ".cache")
}
