package policies.workload.wl006_test

import data.lib.workload
import data.policies.workload.wl006

test_reported_1 if {
	count(wl006.deny) == 1 with input as workload.example({"capabilities": {"add": ["NET_ADMIN"]}})
}

test_quiet_1 if {
	count(wl006.deny) == 0 with input as workload.example({"capabilities": {"add": ["CHOWN", "SETUID"]}})
}
