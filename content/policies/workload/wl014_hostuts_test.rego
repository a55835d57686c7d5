package policies.workload.wl014_test

import data.lib.workload
import data.policies.workload.wl014

test_reported_1 if {
	count(wl014.deny) == 1 with input as workload.example({"namespaces": {"uts": "host"}})
}

test_quiet_1 if {
	count(wl014.deny) == 0 with input as workload.example({"namespaces": {"uts": "service:db"}})
}
