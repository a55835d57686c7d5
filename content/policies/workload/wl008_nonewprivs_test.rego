package policies.workload.wl008_test

import data.lib.workload
import data.policies.workload.wl008

test_reported_1 if {
	count(wl008.deny) == 1 with input as workload.example({"no_new_privileges": false})
}

test_quiet_1 if {
	count(wl008.deny) == 0 with input as workload.example({"no_new_privileges": true})
}
