package policies.kubernetes.kb007_test

import data.policies.kubernetes.kb007

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb007.deny) == 6 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}]}})
}

test_reported_2 if {
	count(kb007.deny) == 1 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "securityContext": {"runAsUser": 20000, "runAsGroup": 20000, "capabilities": {"add": ["SYS_TIME"], "drop": ["ALL"]}}}]}})
}

test_quiet_1 if {
	count(kb007.deny) == 0 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "securityContext": {"runAsUser": 20000, "runAsGroup": 20000, "capabilities": {"drop": ["ALL"]}}}]}})
}
