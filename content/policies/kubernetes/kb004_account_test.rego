package policies.kubernetes.kb004_test

import data.policies.kubernetes.kb004

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb004.deny) == 2 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}]}})
}

test_reported_2 if {
	count(kb004.deny) == 1 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}], "serviceAccountName": "default", "automountServiceAccountToken": false}})
}

test_quiet_1 if {
	count(kb004.deny) == 0 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}], "serviceAccountName": "a", "automountServiceAccountToken": false}})
}

test_wanted if {
	{"wanted", "none"} == {r.kind | some r in kb004.deny} with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}], "automountServiceAccountToken": true}})
}

test_wanted_by_mount if {
	mounts := [{"name": "t", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]
	{"wanted", "none"} == {r.kind | some r in kb004.deny} with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "volumeMounts": mounts}]}})
}
