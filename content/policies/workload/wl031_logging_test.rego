package policies.workload.wl031_test

import data.lib.workload
import data.policies.workload.wl031

test_reported_1 if {
	count(wl031.deny) == 1 with input as workload.example({"logging": {"driver": "none", "rotates": "no"}})
}

test_reported_2 if {
	count(wl031.deny) == 1 with input as workload.example({"logging": {"driver": "json-file", "rotates": "no"}})
}

test_quiet_1 if {
	count(wl031.deny) == 0 with input as workload.example({"logging": {"driver": "json-file", "rotates": "yes"}})
}

test_quiet_2 if {
	count(wl031.deny) == 0 with input as workload.example({"logging": {"driver": "", "rotates": "unknown"}})
}
