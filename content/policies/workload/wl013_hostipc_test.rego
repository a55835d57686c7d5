package policies.workload.wl013_test

import data.lib.workload
import data.policies.workload.wl013

test_reported_1 if {
	count(wl013.deny) == 1 with input as workload.example({"namespaces": {"ipc": "host"}})
}

test_quiet_1 if {
	count(wl013.deny) == 0 with input as workload.example({"namespaces": {"ipc": "service:db"}})
}
