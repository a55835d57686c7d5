package policies.workload.wl007_test

import data.lib.workload
import data.policies.workload.wl007

test_reported_1 if {
	count(wl007.deny) == 1 with input as workload.example({"capabilities": {"drop": []}})
}

test_reported_2 if {
	count(wl007.deny) == 1 with input as workload.example({"capabilities": {"drop": ["MKNOD"]}})
}

test_quiet_1 if {
	count(wl007.deny) == 0 with input as workload.example({"capabilities": {"drop": ["ALL"]}})
}

test_quiet_2 if {
	count(wl007.deny) == 0 with input as workload.example({"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}})
}
