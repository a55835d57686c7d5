package policies.kubernetes.kb009_test

import data.policies.kubernetes.kb009

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb009.deny) == 1 with input as at({"kind": "PodSecurityPolicy", "spec": {"privileged": true, "allowPrivilegeEscalation": false, "requiredDropCapabilities": ["ALL"], "readOnlyRootFilesystem": true, "runAsUser": {"rule": "MustRunAsNonRoot"}}})
}

test_quiet_1 if {
	count(kb009.deny) == 0 with input as at({"kind": "PodSecurityPolicy", "spec": {"allowPrivilegeEscalation": false, "requiredDropCapabilities": ["ALL"], "readOnlyRootFilesystem": true, "runAsUser": {"rule": "MustRunAsNonRoot"}}})
}
