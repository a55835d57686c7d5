package policies.workload.wl012_test

import data.lib.workload
import data.policies.workload.wl012

test_reported_1 if {
	count(wl012.deny) == 1 with input as workload.example({"namespaces": {"pid": "host"}})
}

test_quiet_1 if {
	count(wl012.deny) == 0 with input as workload.example({"namespaces": {"pid": "service:db"}})
}
