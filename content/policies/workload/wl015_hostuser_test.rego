package policies.workload.wl015_test

import data.lib.workload
import data.policies.workload.wl015

test_reported_1 if {
	count(wl015.deny) == 1 with input as workload.example({"namespaces": {"user": "host"}})
}

test_quiet_1 if {
	count(wl015.deny) == 0 with input as workload.example({"namespaces": {"user": "service:db"}})
}
