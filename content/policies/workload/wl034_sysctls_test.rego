package policies.workload.wl034_test

import data.lib.workload
import data.policies.workload.wl034

test_reported_1 if {
	count(wl034.deny) == 1 with input as workload.example({"sysctls": {"kernel.msgmax": "1"}})
}

test_reported_2 if {
	count(wl034.deny) == 1 with input as workload.example({"ulimits": {"core": -1}})
}

test_quiet_1 if {
	count(wl034.deny) == 0 with input as workload.example({"sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"}})
}

test_quiet_2 if {
	count(wl034.deny) == 0 with input as workload.example({"ulimits": {"nofile": 1024}})
}
