package policies.workload.wl023_test

import data.lib.workload
import data.policies.workload.wl023

test_reported_1 if {
	count(wl023.deny) == 1 with input as workload.example({"mounts": [{"propagation": "rshared", "target": "/data", "line": 4}]})
}

test_quiet_1 if {
	count(wl023.deny) == 0 with input as workload.example({"mounts": [{"propagation": "", "target": "/data", "line": 4}]})
}
