package policies.kubernetes.kb017_test

import data.policies.kubernetes.kb017

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb017.deny) == 1 with input as at({"kind": "Ingress", "metadata": {"annotations": {"nginx.ingress.kubernetes.io/server-snippet": "x"}}})
}

test_quiet_1 if {
	count(kb017.deny) == 0 with input as at({"kind": "Ingress", "metadata": {"annotations": {"nginx.ingress.kubernetes.io/ssl-redirect": "true"}}})
}
