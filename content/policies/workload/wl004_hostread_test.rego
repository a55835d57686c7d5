package policies.workload.wl004_test

import data.lib.workload
import data.policies.workload.wl004

test_reported_1 if {
	count(wl004.deny) == 1 with input as workload.example({"mounts": [{"class": "proc", "source": "/proc", "read_only": true, "line": 3}]})
}

test_reported_2 if {
	count(wl004.deny) == 1 with input as workload.example({"mounts": [{"class": "home", "source": "/home", "read_only": false, "line": 3}]})
}

test_quiet_1 if {
	count(wl004.deny) == 0 with input as workload.example({"mounts": [{"class": "etc", "source": "/etc", "read_only": false, "line": 3}]})
}

test_quiet_2 if {
	count(wl004.deny) == 0 with input as workload.example({"mounts": [{"class": "log", "source": "/var/log", "read_only": true, "line": 3}]})
}
