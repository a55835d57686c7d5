package policies.kubernetes.kb015_test

import data.policies.kubernetes.kb015

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb015.deny) == 1 with input as at({"kind": "Deployment", "apiVersion": "apps/v1beta1"})
}

test_quiet_1 if {
	count(kb015.deny) == 0 with input as at({"kind": "Deployment", "apiVersion": "apps/v1"})
}
