package policies.workload.wl009_test

import data.lib.workload
import data.policies.workload.wl009

test_reported_1 if {
	count(wl009.deny) == 1 with input as workload.example({"read_only": false})
}

test_quiet_1 if {
	count(wl009.deny) == 0 with input as workload.example({"read_only": true})
}
