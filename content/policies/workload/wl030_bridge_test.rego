package policies.workload.wl030_test

import data.lib.workload
import data.policies.workload.wl030

test_reported_1 if {
	count(wl030.deny) == 1 with input as workload.example({"networks": [{"name": "bridge", "default_bridge": true}]})
}

test_quiet_1 if {
	count(wl030.deny) == 0 with input as workload.example({"networks": [{"name": "app", "default_bridge": false}]})
}
