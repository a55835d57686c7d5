package policies.kubernetes.kb013_test

import data.policies.kubernetes.kb013

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb013.deny) == 2 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}]}})
}

test_quiet_1 if {
	count(kb013.deny) == 0 with input as at({"kind": "ConfigMap"})
}
