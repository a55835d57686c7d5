package policies.kubernetes.kb002_test

import data.policies.kubernetes.kb002

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb002.deny) == 1 with input as at({"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]})
}

test_reported_2 if {
	count(kb002.deny) == 1 with input as at({"kind": "ClusterRole", "rules": [{"apiGroups": ["x"], "resources": ["widgets"], "verbs": ["*"]}]})
}

test_quiet_1 if {
	count(kb002.deny) == 0 with input as at({"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["one"]}]})
}

test_quiet_2 if {
	count(kb002.deny) == 0 with input as at({"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})
}

test_secrets_written if {
	{"secrets-write"} == {r.kind | some r in kb002.deny} with input as at({"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["patch"]}]})
}
