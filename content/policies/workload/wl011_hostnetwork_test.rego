package policies.workload.wl011_test

import data.lib.workload
import data.policies.workload.wl011

test_reported_1 if {
	count(wl011.deny) == 1 with input as workload.example({"namespaces": {"network": "host"}})
}

test_quiet_1 if {
	count(wl011.deny) == 0 with input as workload.example({"namespaces": {"network": "service:db"}})
}
