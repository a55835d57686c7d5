package policies.kubernetes.kb003_test

import data.policies.kubernetes.kb003

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb003.deny) == 1 with input as at({"kind": "RoleBinding", "subjects": [{"name": "default"}], "roleRef": {"name": "x"}})
}

test_reported_2 if {
	count(kb003.deny) == 1 with input as at({"kind": "ClusterRoleBinding", "subjects": [{"name": "ann"}], "roleRef": {"name": "cluster-admin"}})
}

test_quiet_1 if {
	count(kb003.deny) == 0 with input as at({"kind": "RoleBinding", "subjects": [{"name": "app"}], "roleRef": {"name": "x"}})
}
