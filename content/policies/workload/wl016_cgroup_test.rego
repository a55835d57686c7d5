package policies.workload.wl016_test

import data.lib.workload
import data.policies.workload.wl016

test_reported_1 if {
	count(wl016.deny) == 1 with input as workload.example({"namespaces": {"cgroup": "host"}})
}

test_reported_2 if {
	count(wl016.deny) == 1 with input as workload.example({"cgroup_parent": "/m-executor"})
}

test_quiet_1 if {
	count(wl016.deny) == 0 with input as workload.example({"cgroup_parent": ""})
}
