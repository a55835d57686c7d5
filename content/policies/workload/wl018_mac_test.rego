package policies.workload.wl018_test

import data.lib.workload
import data.policies.workload.wl018

test_reported_1 if {
	count(wl018.deny) == 1 with input as workload.example({"apparmor": "unconfined"})
}

test_reported_2 if {
	count(wl018.deny) == 1 with input as workload.example({"selinux": "unconfined"})
}

test_quiet_1 if {
	count(wl018.deny) == 0 with input as workload.example({"apparmor": "docker-default"})
}
