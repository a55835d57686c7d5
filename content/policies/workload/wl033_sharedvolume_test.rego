package policies.workload.wl033_test

import data.policies.workload.wl033

test_reported if {
	count(wl033.deny) == 1 with input as {"shared_volumes": [{"volume": "data", "workloads": ["a", "b"], "line": 3}]}
}

test_quiet if {
	count(wl033.deny) == 0 with input as {"shared_volumes": []}
}
