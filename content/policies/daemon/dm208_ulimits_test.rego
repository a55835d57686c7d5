package policies.daemon.dm208_test

import data.policies.daemon.dm208

test_reported_1 if {
	count(dm208.deny) == 1 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_1 if {
	count(dm208.deny) == 0 with input as {"lines": {}, "settings": {"default-ulimits": {"nofile": {"Hard": 64000}}}, "host": null}
}
