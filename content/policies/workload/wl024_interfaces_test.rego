package policies.workload.wl024_test

import data.lib.workload
import data.policies.workload.wl024

test_reported_1 if {
	count(wl024.deny) == 1 with input as workload.example({"ports": [{"all_interfaces": true, "text": "80:80", "line": 5}]})
}

test_quiet_1 if {
	count(wl024.deny) == 0 with input as workload.example({"ports": [{"all_interfaces": false, "text": "127.0.0.1:80:80", "line": 5}]})
}
