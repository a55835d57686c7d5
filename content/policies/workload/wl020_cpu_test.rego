package policies.workload.wl020_test

import data.lib.workload
import data.policies.workload.wl020

test_reported_1 if {
	count(wl020.deny) == 1 with input as workload.example({"limits": {"cpu": 0}})
}

test_quiet_1 if {
	count(wl020.deny) == 0 with input as workload.example({"limits": {"cpu": 0.5}})
}

test_quiet_2 if {
	count(wl020.deny) == 0 with input as workload.example({"limits": {"cpu": -1}})
}
