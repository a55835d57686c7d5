# What checks of Dockerfiles know about package managers.
package lib.packages

import data.lib.dockerfile as df

# families are the managers by the names of their programs.
families := {
	"apt-get": "apt", "apt": "apt", "aptitude": "apt",
	"apk": "apk",
	"yum": "yum",
	"dnf": "dnf", "dnf5": "dnf", "microdnf": "dnf", "tdnf": "dnf",
	"zypper": "zypper",
	"pip": "pip", "pip2": "pip", "pip3": "pip", "pipx": "pip",
	"npm": "npm",
	"gem": "gem",
	"go": "go",
	"yarn": "yarn",
}

# valued are the options of each family whose value is a word of its own.
valued := {
	"apt": {"-t", "--target-release", "--default-release", "-o", "--option", "-c", "--config-file", "-a", "--host-architecture"},
	"apk": {"-t", "--virtual", "-X", "--repository", "-p", "--root", "--repositories-file", "--keys-dir", "--cache-dir", "--arch", "--wait", "--progress-fd", "--cache-max-age"},
	"yum": {"-c", "--config", "--enablerepo", "--disablerepo", "--installroot", "-x", "--exclude", "--releasever", "--setopt", "--repo"},
	"dnf": {"-c", "--config", "--enablerepo", "--disablerepo", "--installroot", "-x", "--exclude", "--releasever", "--setopt", "--repo", "--repoid", "--forcearch"},
	"zypper": {"-r", "--repo", "-R", "--root", "--reposd-dir", "-t", "--type", "--from", "-C", "--cache-dir", "--installroot", "-p", "--plus-repo"},
	"pip": {
		"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target", "--prefix", "--root", "--src", "-i", "--index-url", "--extra-index-url", "-f",
		"--find-links", "--trusted-host", "--proxy", "--timeout", "--retries", "--cache-dir", "--log", "--cert", "--client-cert", "--platform", "--python-version", "--implementation",
		"--abi", "--build", "-b", "--progress-bar", "--no-binary", "--only-binary", "--upgrade-strategy", "--global-option", "--install-option", "--config-settings", "-C",
		"--exists-action", "--report", "--python", "--suffix", "--pip-args", "--preinstall", "--root-user-action",
	},
	"npm": {"--registry", "--prefix", "--loglevel", "-w", "--workspace", "--omit", "--include", "--cache", "--userconfig", "--tag", "-C"},
	"gem": {"-v", "--version", "-i", "--install-dir", "-n", "--bindir", "-s", "--source", "-P", "--trust-policy", "--platform", "-p", "--http-proxy", "-B", "--build-root", "-g", "--file"},
	"go": {"-ldflags", "-tags", "-o", "-p", "-gcflags", "-asmflags", "-mod", "-modfile", "-C", "-exec", "-pkgdir", "-toolexec", "-overlay"},
	"yarn": {"--cwd", "--registry", "--cache-folder", "--modules-folder", "--network-timeout", "--mutex"},
}

# manager returns a command's program and the words behind it: python -m pip is pip.
manager(c) := {"program": c.name, "rest": array.slice(c.argv, 1, count(c.argv))} if families[c.name]

manager(c) := {"program": "pip", "rest": array.slice(c.argv, 1, count(c.argv))} if regex.match(`^pip[23]\.[0-9]+$`, c.name)

manager(c) := {"program": c.argv[2], "rest": array.slice(c.argv, 3, count(c.argv))} if {
	startswith(c.name, "python")
	c.argv[1] == "-m"
	c.argv[2] in {"pip", "pipx"}
}

manager(c) := {"program": "pip", "rest": array.slice(c.argv, 2, count(c.argv))} if {
	c.name == "uv"
	c.argv[1] == "pip"
}

# operands returns the words that are neither options nor their values.
operands(family, rest) := [word |
	some i, word in rest
	not startswith(word, "-")
	word != ""
	not value_of(family, rest, i)
	not behind(rest, i)
]

value_of(family, rest, i) if {
	i > 0
	rest[i - 1] in valued[family]
}

# behind holds for words behind --, which are for what is installed.
behind(rest, i) if {
	some j, word in rest
	word == "--"
	j < i
}

# operations are what package managers do, in order. The words are those behind the
# subcommand; module and group come first when they do.
operations := [op |
	some run in df.runs
	some position, c in run.commands
	m := manager(c)
	family := families[m.program]
	words := operands(family, m.rest)
	count(words) > 0
	grouped := words[0] in {"module", "group", "groups"}
	skip := {true: 1, false: 0}[grouped]
	count(words) > skip
	op := {
		"run": run.index, "line": c.line, "end_line": run.end_line, "stage": run.stage, "final": df.final(run.stage),
		"program": m.program, "family": family, "sub": words[skip], "group": {true: words[0], false: ""}[grouped],
		"packages": array.slice(words, skip + 1, count(words)), "argv": m.rest, "position": position, "op": c.op,
	}
]

# installing are the subcommands that put packages into the layer.
installing := {
	"apt": {"install", "upgrade", "dist-upgrade", "full-upgrade", "reinstall", "build-dep"},
	"apk": {"add", "upgrade"},
	"yum": {"install", "update", "upgrade", "localinstall", "groupinstall", "reinstall", "update-minimal", "upgrade-minimal"},
	"dnf": {"install", "in", "update", "upgrade", "up", "upgrade-minimal", "update-minimal", "up-min", "reinstall", "rei", "localinstall", "groupinstall", "distro-sync"},
	"zypper": {"install", "in", "update", "up", "patch", "dup", "dist-upgrade", "source-install", "si", "remove", "rm"},
	"pip": {"install"},
	"npm": {"install", "i", "add", "isntall"},
	"gem": {"install", "i"},
	"go": {"install", "get", "run"},
	"yarn": {"add", "install"},
}

# installs are the operations that install something.
installs := [op | some op in operations; op.sub in installing[op.family]]

# adds are those that install packages by name.
adds := [op |
	some op in installs
	op.sub in {"install", "add", "in", "i", "isntall", "get", "run", "reinstall", "localinstall"}
]

# option holds when a word of the operation is one of the names, alone or with =value.
option(op, names) if {
	some word in op.argv
	split(word, "=")[0] in names
}

# letter holds when an option of one letter is among those of the operation.
letter(op, name) if {
	some word in op.argv
	regex.match(concat("", ["^-[a-zA-Z]*", name, "[a-zA-Z]*$"]), word)
}
