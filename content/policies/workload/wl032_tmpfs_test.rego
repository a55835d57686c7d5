package policies.workload.wl032_test

import data.lib.workload
import data.policies.workload.wl032

test_reported_1 if {
	count(wl032.deny) == 1 with input as workload.example({"mounts": [{"type": "tmpfs", "target": "/tmp", "options": [], "size": 0, "line": 6}]})
}

test_reported_2 if {
	count(wl032.deny) == 1 with input as workload.example({"mounts": [{"type": "tmpfs", "target": "/tmp", "options": ["noexec", "nosuid"], "size": 0, "line": 6}]})
}

test_quiet_1 if {
	count(wl032.deny) == 0 with input as workload.example({"mounts": [{"type": "tmpfs", "target": "/tmp", "options": ["noexec", "nosuid", "size"], "size": 1000, "line": 6}]})
}
