package policies.daemon.dm216_test

import data.policies.daemon.dm216

test_reported_1 if {
	count(dm216.deny) == 1 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_1 if {
	count(dm216.deny) == 0 with input as {"lines": {}, "settings": {"userland-proxy": false}, "host": null}
}
