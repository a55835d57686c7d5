package policies.kubernetes.kb006_test

import data.policies.kubernetes.kb006

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb006.deny) == 5 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "image": "x:1"}]}})
}

test_reported_2 if {
	count(kb006.deny) == 1 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "image": "x:1", "imagePullPolicy": "Always", "resources": {"requests": {"cpu": 1, "memory": 1}}, "readinessProbe": {"a": 1}, "livenessProbe": {"a": 1}, "env": [{"valueFrom": {"secretKeyRef": {"name": "x"}}}]}]}})
}

test_quiet_1 if {
	count(kb006.deny) == 0 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "image": "x:1", "imagePullPolicy": "Always", "resources": {"requests": {"cpu": 1, "memory": 1}}, "readinessProbe": {"a": 1}, "livenessProbe": {"a": 1}}]}})
}
