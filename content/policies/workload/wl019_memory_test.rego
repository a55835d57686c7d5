package policies.workload.wl019_test

import data.lib.workload
import data.policies.workload.wl019

test_reported_1 if {
	count(wl019.deny) == 1 with input as workload.example({"limits": {"memory": 0}})
}

test_quiet_1 if {
	count(wl019.deny) == 0 with input as workload.example({"limits": {"memory": 1000}})
}

test_quiet_2 if {
	count(wl019.deny) == 0 with input as workload.example({"limits": {"memory": -1}})
}
