package policies.kubernetes.kb005_test

import data.policies.kubernetes.kb005

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb005.deny) == 1 with input as at({"kind": "ConfigMap", "metadata": {"name": "a"}})
}

test_reported_2 if {
	count(kb005.deny) == 1 with input as at({"kind": "ConfigMap", "metadata": {"name": "a", "namespace": "kube-system"}})
}

test_quiet_1 if {
	count(kb005.deny) == 0 with input as at({"kind": "ConfigMap", "metadata": {"name": "a", "namespace": "app"}})
}

test_quiet_2 if {
	count(kb005.deny) == 0 with input as at({"kind": "ClusterRole", "metadata": {"name": "a"}})
}
