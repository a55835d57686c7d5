# What the container production guide asks of compose files, over the file as it is
# written: sasumata policy check --policy @guide --all-namespaces.
package compose.security

import rego.v1

services[name] := service if some name, service in input.services

deny contains msg if {
	some name, service in services
	some key in ["network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup"]
	service[key] == "host"
	msg := sprintf("%s: %s of the host is not allowed", [name, key])
}

deny contains msg if {
	some name, service in services
	service.privileged == true
	msg := sprintf("%s: privileged containers are not allowed", [name])
}

# Volumes in both forms: source, and whether they are for reading only.
volumes[name] contains {"source": v.source, "readonly": object.get(v, "read_only", false)} if {
	some name, service in services
	some v in service.volumes
	is_object(v)
}

volumes[name] contains {"source": parts[0], "readonly": "ro" in modes} if {
	some name, service in services
	some v in service.volumes
	is_string(v)
	parts := split(v, ":")
	count(parts) > 1
	modes := {m | some part in array.slice(parts, 2, 3); some m in split(part, ",")}
}

socket(source) if regex.match(`(docker|containerd|podman|crio)\.sock$|^/(var/)?run/?$`, source)

# Folders of the host of which everything else can be reached.
root(source) if regex.match(`^/((etc|root|boot|proc|sys|dev|var/lib/docker|var/lib/containerd)(/.*)?)?$`, source)

deny contains msg if {
	some name, list in volumes
	some v in list
	socket(v.source)
	msg := sprintf("%s: the socket of the engine must not be mounted: %s", [name, v.source])
}

deny contains msg if {
	some name, list in volumes
	some v in list
	root(v.source)
	not v.readonly
	msg := sprintf("%s: volume mount should be read-only: %s", [name, v.source])
}

warn contains msg if {
	some name, list in volumes
	some v in list
	root(v.source)
	v.readonly
	msg := sprintf("%s: a folder of the host is mounted: %s", [name, v.source])
}

# The environment in both forms.
environment[name][key] := value if {
	some name, service in services
	is_object(service.environment)
	some key, value in service.environment
}

environment[name][key] := value if {
	some name, service in services
	is_array(service.environment)
	some line in service.environment
	at := indexof(line, "=")
	at > 0
	key := substring(line, 0, at)
	value := substring(line, at + 1, -1)
}

deny contains msg if {
	some name, variables in environment
	some key, value in variables
	regex.match(`(?i)(password|passwd|secret|token|api_?key|private_?key)`, key)
	not regex.match(`(?i)_(file|path|dir)$`, key)
	not regex.match(`^\$\{?[A-Za-z_][A-Za-z0-9_]*(:?[?][^}]*)?\}?$|^$`, sprintf("%v", [value]))
	msg := sprintf("%s: passwords and secrets must not be set as environment variables: %s", [name, key])
}
