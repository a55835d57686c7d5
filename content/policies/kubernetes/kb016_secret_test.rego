package policies.kubernetes.kb016_test

import data.policies.kubernetes.kb016

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb016.deny) == 1 with input as at({"kind": "Secret", "data": {"a": "b"}})
}

test_reported_2 if {
	count(kb016.deny) == 1 with input as at({"kind": "ConfigMap", "data": {"db_password": "hunter2"}})
}

test_quiet_1 if {
	count(kb016.deny) == 0 with input as at({"kind": "ConfigMap", "data": {"color": "red"}})
}

test_quiet_2 if {
	count(kb016.deny) == 0 with input as at({"kind": "Secret"})
}
