package policies.workload.wl027_test

import data.lib.workload
import data.policies.workload.wl027

test_reported_1 if {
	count(wl027.deny) == 1 with input as workload.example({"healthcheck": {"set": false, "disabled": false}})
}

test_reported_2 if {
	count(wl027.deny) == 1 with input as workload.example({"healthcheck": {"set": true, "disabled": true}})
}

test_quiet_1 if {
	count(wl027.deny) == 0 with input as workload.example({"healthcheck": {"set": true, "disabled": false}})
}
