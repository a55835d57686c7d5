package policies.kubernetes.kb007_test

import data.policies.kubernetes.kb007

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb007.deny) == 6 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a"}]}})
}

test_reported_2 if {
	count(kb007.deny) == 1 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "securityContext": {"runAsUser": 20000, "runAsGroup": 20000, "capabilities": {"add": ["SYS_TIME"], "drop": ["ALL"]}}}]}})
}

test_quiet_1 if {
	count(kb007.deny) == 0 with input as at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "securityContext": {"runAsUser": 20000, "runAsGroup": 20000, "capabilities": {"drop": ["ALL"]}}}]}})
}

selinux(options) := at({"kind": "Pod", "metadata": {"namespace": "app"}, "spec": {"containers": [{"name": "a", "securityContext": {"runAsUser": 20000, "runAsGroup": 20000, "seLinuxOptions": options, "capabilities": {"drop": ["ALL"]}}}]}})

test_selinux_user if {
	count(kb007.deny) == 1 with input as selinux({"type": "container_t", "user": "system_u"})
}

test_selinux_type if {
	count(kb007.deny) == 1 with input as selinux({"type": "spc_t"})
}

test_selinux_quiet if {
	count(kb007.deny) == 0 with input as selinux({"type": "container_t", "level": "s0:c1"})
}
