package policies.workload.wl003_test

import data.lib.workload
import data.policies.workload.wl003

test_reported_1 if {
	count(wl003.deny) == 1 with input as workload.example({"mounts": [{"class": "etc", "source": "/etc", "read_only": false, "line": 3}]})
}

test_quiet_1 if {
	count(wl003.deny) == 0 with input as workload.example({"mounts": [{"class": "etc", "source": "/etc", "read_only": true, "line": 3}]})
}

test_quiet_2 if {
	count(wl003.deny) == 0 with input as workload.example({"mounts": [{"class": "", "source": "./data", "read_only": false, "line": 3}]})
}
