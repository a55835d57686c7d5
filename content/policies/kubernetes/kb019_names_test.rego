package policies.kubernetes.kb019_test

import data.policies.kubernetes.kb019

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb019.deny) == 1 with input as at({"kind": "Pod", "metadata": {"labels": {"a": "g**d"}}})
}

test_quiet_1 if {
	count(kb019.deny) == 0 with input as at({"kind": "Pod", "metadata": {"labels": {"a": "good"}}})
}
