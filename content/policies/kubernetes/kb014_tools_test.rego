package policies.kubernetes.kb014_test

import data.policies.kubernetes.kb014

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb014.deny) == 2 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "image": "gcr.io/kubernetes-helm/tiller:v2"}]}})
}

test_reported_2 if {
	count(kb014.deny) == 1 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "image": "kubernetesui/dashboard:v2"}]}})
}

test_quiet_1 if {
	count(kb014.deny) == 0 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "image": "x:1"}]}})
}

test_named if {
	{"named"} == {r.kind | some r in kb014.deny} with input as at({"kind": "Pod", "metadata": {"name": "old-tiller-1"}, "spec": {"containers": [{"name": "a", "image": "x:1"}]}})
}

test_named_otherwise if {
	count(kb014.deny) == 0 with input as at({"kind": "Pod", "metadata": {"name": "distillery"}, "spec": {"containers": [{"name": "a", "image": "x:1"}]}})
}
