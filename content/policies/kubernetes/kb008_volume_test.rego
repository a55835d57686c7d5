package policies.kubernetes.kb008_test

import data.policies.kubernetes.kb008

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb008.deny) == 1 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}], "volumes": [{"name": "v", "hostPath": {"path": "/x"}}]}})
}

test_reported_2 if {
	count(kb008.deny) == 1 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}], "volumes": [{"name": "v", "nfs": {"path": "/x"}}]}})
}

test_quiet_1 if {
	count(kb008.deny) == 0 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}], "volumes": [{"name": "v", "emptyDir": {}}]}})
}
