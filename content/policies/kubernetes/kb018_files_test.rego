package policies.kubernetes.kb018_test

import data.policies.kubernetes.kb018

at(v) := {"objects": [{"name": "X/x", "line": 1, "lines": {}, "value": v}]}

test_reported_1 if {
	count(kb018.deny) == 1 with input as at({"kind": "EncryptionConfiguration", "resources": [{"providers": [{"identity": {}}]}]})
}

test_quiet_1 if {
	count(kb018.deny) == 0 with input as at({"kind": "EncryptionConfiguration", "resources": [{"providers": [{"aescbc": {}}]}]})
}
