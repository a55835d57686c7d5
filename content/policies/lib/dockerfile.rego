# What checks of Dockerfiles share.
package lib.dockerfile

# runs are the RUN instructions.
runs := [i | some i in input.instructions; i.cmd == "run"]

# final_runs are those whose layers become part of the image.
final_runs := [i | some i in runs; final(i.stage)]

# final holds for the stages that become the image, and for instructions before FROM in
# a piece of a Dockerfile.
final(stage) if stage < 0

final(stage) if input.stages[stage].final

# chain are the instructions that make the image, in order.
chain := array.concat([i | some i in input.instructions; i.stage < 0], [i |
	some s in input.stages
	s.final
	some i in input.instructions
	i.stage == s.index
])

# bases are the stages that begin with an image whose name is known.
bases := [s |
	some s in input.stages
	s.parent < 0
	s.image.full != "scratch"
	not s.image.variable
]

# first_line is where findings about the whole image stand: the FROM of the image.
first_line := max(array.concat([1], [s.line | some s in input.stages; s.last]))

# shells are programs that run scripts.
shells := {"sh", "bash", "ash", "dash", "zsh", "ksh"}

# has_flag holds when one of the names is among the words, alone or with =value.
has_flag(c, names) if {
	some word in c.argv
	split(word, "=")[0] in names
}

# short holds when a letter is among the options of one letter: y in -qy.
short(c, letter) if {
	some word in c.argv
	regex.match(concat("", ["^-[a-zA-Z]*", letter, "[a-zA-Z]*$"]), word)
}

# mounts returns the targets of the mounts of a RUN that leave nothing in the layer.
mounts(run) := {trim_suffix(target, "/") |
	some mount in object.get(run.flags, "mount", [])
	parts := {p[0]: p[1] |
		some piece in split(mount, ",")
		p := split(piece, "=")
		count(p) == 2
	}
	object.get(parts, "type", "bind") in {"cache", "tmpfs"}
	some key in ["target", "dst", "destination"]
	target := parts[key]
}

# mounted holds when a folder, or one that it lies in, is such a mount.
mounted(run, folder) if {
	some target in mounts(run)
	startswith(concat("", [folder, "/"]), concat("", [target, "/"]))
}

# removes holds when a command of the RUN removes something below the folder.
removes(run, folder) if {
	some c in run.commands
	removal(c, folder)
}

removal(c, folder) if {
	c.name == "rm"
	some word in c.argv
	startswith(word, folder)
}

removal(c, folder) if {
	c.name == "find"
	some word in c.argv
	startswith(word, folder)
	some action in c.argv
	action in {"-delete", "rm"}
}

# settings are the variables that ENV, ARG and scripts set, with their places.
settings := array.concat(
	[{"key": p.key, "value": p.value, "line": i.line, "stage": i.stage, "final": final(i.stage), "index": i.index} |
		some i in input.instructions
		i.cmd in {"env", "arg"}
		some p in i.pairs
		p.set
	],
	[{"key": key, "value": value, "line": c.line, "stage": i.stage, "final": final(i.stage), "index": i.index} |
		some i in runs
		some c in i.commands
		some key, value in c.env
	],
)

# word returns the word at a place, "" behind the last.
word(list, i) := list[i] if {
	i < count(list)
} else := ""
