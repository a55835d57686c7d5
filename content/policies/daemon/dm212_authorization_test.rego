package policies.daemon.dm212_test

import data.policies.daemon.dm212

test_reported_1 if {
	count(dm212.deny) == 1 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_1 if {
	count(dm212.deny) == 0 with input as {"lines": {}, "settings": {"authorization-plugins": ["opa-docker-authz"]}, "host": null}
}
