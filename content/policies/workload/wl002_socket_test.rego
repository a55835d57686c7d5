package policies.workload.wl002_test

import data.lib.workload
import data.policies.workload.wl002

test_reported_1 if {
	count(wl002.deny) == 1 with input as workload.example({"mounts": [{"class": "socket", "source": "/var/run/docker.sock", "read_only": true, "line": 3}]})
}

test_quiet_1 if {
	count(wl002.deny) == 0 with input as workload.example({"mounts": [{"class": "etc", "source": "/etc", "read_only": true, "line": 3}]})
}
