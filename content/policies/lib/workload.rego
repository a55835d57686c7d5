# Package lib.workload is what the checks over workloads share.
package lib.workload

# finding is a result about a field of a workload: its line, otherwise where the
# workload starts.
finding(w, field, values) := {
	"line": object.get(w.lines, field, w.line),
	"resource": w.name,
	"values": values,
}

# example is an input of one workload, for tests: no check finds anything in it, but for
# the changes.
example(changes) := {
	"kind": "compose",
	"workloads": [object.union(plain, changes)],
	"shared_volumes": [],
}

# plain is a workload as it should be.
plain := {
	"kind": "compose",
	"name": "web",
	"line": 2,
	"lines": {},
	"image": {"reference": "nginx:1.29@sha256:1", "name": "nginx", "tag": "1.29", "digest": "sha256:1", "built": false, "open": false},
	"user": {"text": "10001", "root": "no"},
	"privileged": false,
	"capabilities": {"add": [], "drop": ["ALL"], "effective": []},
	"read_only": true,
	"no_new_privileges": true,
	"seccomp": "",
	"apparmor": "",
	"selinux": "",
	"namespaces": {"network": "", "pid": "", "ipc": "", "uts": "", "user": "", "cgroup": ""},
	"cgroup_parent": "",
	"mounts": [],
	"ports": [],
	"env": [],
	"command": [],
	"labels": [],
	"limits": {"memory": 1000000, "cpu": 1, "pids": 100},
	"restart": {"policy": "", "attempts": 0},
	"healthcheck": {"set": true, "disabled": false},
	"logging": {"driver": "", "rotates": "unknown"},
	"devices": [],
	"networks": [],
	"sysctls": {},
	"ulimits": {},
}
