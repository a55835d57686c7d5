package policies.kubernetes.kb012_test

import data.policies.kubernetes.kb012

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb012.deny) == 1 with input as at({"kind": "NetworkPolicy", "spec": {"podSelector": {"matchLabels": {"a": "b"}}, "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}})
}

test_quiet_1 if {
	count(kb012.deny) == 0 with input as at({"kind": "NetworkPolicy", "spec": {"podSelector": {"matchLabels": {"a": "b"}}}})
}

test_quiet_2 if {
	count(kb012.deny) == 0 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}]}})
}
