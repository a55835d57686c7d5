package policies.workload.wl010_test

import data.lib.workload
import data.policies.workload.wl010

test_reported_1 if {
	count(wl010.deny) == 1 with input as workload.example({"user": {"root": "yes"}})
}

test_reported_2 if {
	count(wl010.deny) == 1 with input as workload.example({"user": {"root": "unknown"}, "kind": "kubernetes"})
}

test_quiet_1 if {
	count(wl010.deny) == 0 with input as workload.example({"user": {"root": "no"}})
}

test_quiet_2 if {
	count(wl010.deny) == 0 with input as workload.example({"user": {"root": "unknown"}})
}
