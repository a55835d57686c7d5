package policies.workload.wl021_test

import data.lib.workload
import data.policies.workload.wl021

test_reported_1 if {
	count(wl021.deny) == 1 with input as workload.example({"limits": {"pids": 0}})
}

test_quiet_1 if {
	count(wl021.deny) == 0 with input as workload.example({"limits": {"pids": 100}})
}

test_quiet_2 if {
	count(wl021.deny) == 0 with input as workload.example({"limits": {"pids": 0}, "kind": "kubernetes"})
}
