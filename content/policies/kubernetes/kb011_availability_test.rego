package policies.kubernetes.kb011_test

import data.policies.kubernetes.kb011

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb011.deny) == 2 with input as at({"kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 3, "template": {"spec": {"containers": []}}}})
}

test_quiet_1 if {
	count(kb011.deny) == 0 with input as at({"kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 1, "template": {"spec": {"containers": []}}}})
}
