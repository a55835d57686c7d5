package policies.workload.wl001_test

import data.lib.workload
import data.policies.workload.wl001

test_reported_1 if {
	count(wl001.deny) == 1 with input as workload.example({"privileged": true})
}

test_quiet_1 if {
	count(wl001.deny) == 0 with input as workload.example({"privileged": false})
}
