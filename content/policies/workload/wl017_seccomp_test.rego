package policies.workload.wl017_test

import data.lib.workload
import data.policies.workload.wl017

test_reported_1 if {
	count(wl017.deny) == 1 with input as workload.example({"seccomp": "unconfined"})
}

test_reported_2 if {
	count(wl017.deny) == 1 with input as workload.example({"seccomp": "", "kind": "kubernetes"})
}

test_quiet_1 if {
	count(wl017.deny) == 0 with input as workload.example({"seccomp": ""})
}

test_quiet_2 if {
	count(wl017.deny) == 0 with input as workload.example({"seccomp": "runtimedefault", "kind": "kubernetes"})
}
