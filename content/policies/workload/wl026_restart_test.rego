package policies.workload.wl026_test

import data.lib.workload
import data.policies.workload.wl026

test_reported_1 if {
	count(wl026.deny) == 1 with input as workload.example({"restart": {"policy": "always", "attempts": 0}})
}

test_reported_2 if {
	count(wl026.deny) == 1 with input as workload.example({"restart": {"policy": "on-failure", "attempts": 10}})
}

test_reported_3 if {
	count(wl026.deny) == 1 with input as workload.example({"restart": {"policy": "on-failure", "attempts": 0}})
}

test_quiet_1 if {
	count(wl026.deny) == 0 with input as workload.example({"restart": {"policy": "on-failure", "attempts": 5}})
}

test_quiet_2 if {
	count(wl026.deny) == 0 with input as workload.example({"restart": {"policy": "", "attempts": 0}})
}
