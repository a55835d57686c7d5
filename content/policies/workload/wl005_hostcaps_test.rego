package policies.workload.wl005_test

import data.lib.workload
import data.policies.workload.wl005

test_reported_1 if {
	count(wl005.deny) == 1 with input as workload.example({"capabilities": {"add": ["SYS_ADMIN"]}})
}

test_reported_2 if {
	count(wl005.deny) == 1 with input as workload.example({"capabilities": {"add": ["ALL"]}})
}

test_quiet_1 if {
	count(wl005.deny) == 0 with input as workload.example({"capabilities": {"add": ["NET_BIND_SERVICE"]}})
}

test_kind if {
	some r in wl005.deny with input as workload.example({"capabilities": {"add": ["SYS_MODULE"]}})
	r.kind == "module"
}
