# What the container production guide asks of running containers, over one object of
# what docker inspect writes: sasumata policy check --policy @guide --all-namespaces.
package docker.security

import rego.v1

host := object.get(input, "HostConfig", {})

inspected if {
	input.HostConfig
	input.Config
}

# The user is that of the container, or of its image; the part behind the colon is a group.
user := split(object.get(object.get(input, "Config", {}), "User", ""), ":")[0]

name := trim_prefix(object.get(input, "Name", "container"), "/")

deny contains msg if {
	inspected
	user in {"", "root", "0"}
	msg := sprintf("%s: Container must not run as root user", [name])
}

deny contains msg if {
	inspected
	object.get(host, "Privileged", false)
	msg := sprintf("%s: Privileged containers are not allowed", [name])
}

deny contains msg if {
	inspected
	not object.get(host, "ReadonlyRootfs", false)
	msg := sprintf("%s: Container filesystem must be read-only", [name])
}

# The capabilities that a container has unless somebody drops them.
by_default := {
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
	"SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

names(list) := {upper(trim_prefix(upper(c), "CAP_")) | some c in list}

dropped := names(list_of(host, "CapDrop"))

added := names(list_of(host, "CapAdd"))

# An engine writes null for an empty list.
list_of(from, key) := list if {
	list := object.get(from, key, [])
	is_array(list)
} else := []

kept := set() if "ALL" in dropped

kept := by_default - dropped if not "ALL" in dropped

deny contains msg if {
	inspected
	left := kept - added
	count(left) > 0
	msg := sprintf("%s: Must drop capabilities: %s", [name, concat(", ", left)])
}

deny contains msg if {
	inspected
	object.get(host, "Memory", 0) <= 0
	msg := sprintf("%s: Memory limit must be specified", [name])
}

deny contains msg if {
	inspected
	every key in ["NanoCpus", "CpuQuota", "CpuShares"] {
		object.get(host, key, 0) <= 0
	}
	object.get(host, "CpusetCpus", "") == ""
	msg := sprintf("%s: CPU limit must be specified", [name])
}
