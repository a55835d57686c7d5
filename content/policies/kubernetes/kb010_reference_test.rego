package policies.kubernetes.kb010_test

import data.policies.kubernetes.kb010

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb010.deny) == 1 with input as at({"kind": "Service", "metadata": {"name": "s"}, "spec": {"selector": {"app": "x"}, "ports": [{"port": 80}]}})
}

test_reported_2 if {
	count(kb010.deny) == 1 with input as at({"kind": "NetworkPolicy", "spec": {"podSelector": {"matchLabels": {"app": "x"}}}})
}

test_quiet_1 if {
	count(kb010.deny) == 0 with input as at({"kind": "Service", "spec": {"ports": [{"port": 80}]}})
}

test_quiet_2 if {
	count(kb010.deny) == 0 with input as at({"kind": "NetworkPolicy", "spec": {"podSelector": {}}})
}
