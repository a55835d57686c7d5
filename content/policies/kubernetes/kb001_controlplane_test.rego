package policies.kubernetes.kb001_test

import data.policies.kubernetes.kb001

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb001.deny) == 1 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "command": ["kube-scheduler", "--bind-address=127.0.0.1"]}]}})
}

test_reported_2 if {
	count(kb001.deny) == 2 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "command": ["/usr/bin/kube-scheduler"], "args": ["--profiling=true", "--bind-address=0.0.0.0"]}]}})
}

test_quiet_1 if {
	count(kb001.deny) == 0 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "command": ["kube-scheduler", "--profiling=false", "--bind-address=127.0.0.1"]}]}})
}

test_quiet_2 if {
	count(kb001.deny) == 0 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "command": ["nginx"]}]}})
}
