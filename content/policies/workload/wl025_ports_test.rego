package policies.workload.wl025_test

import data.lib.workload
import data.policies.workload.wl025

test_reported_1 if {
	count(wl025.deny) == 1 with input as workload.example({"ports": [{"host_first": 70, "host_last": 70, "first": 8000, "last": 8000, "all_interfaces": true, "text": "70:8000", "line": 5}]})
}

test_reported_2 if {
	count(wl025.deny) == 1 with input as workload.example({"ports": [{"host_first": 5432, "host_last": 5432, "first": 5432, "last": 5432, "all_interfaces": true, "text": "5432:5432", "line": 5}]})
}

test_quiet_1 if {
	count(wl025.deny) == 0 with input as workload.example({"ports": [{"host_first": 8080, "host_last": 8080, "first": 80, "last": 80, "all_interfaces": true, "text": "8080:80", "line": 5}]})
}

test_quiet_2 if {
	count(wl025.deny) == 0 with input as workload.example({"ports": [{"host_first": 5432, "host_last": 5432, "first": 5432, "last": 5432, "all_interfaces": false, "text": "127.0.0.1:5432:5432", "line": 5}]})
}
