package policies.daemon.dm210_test

import data.policies.daemon.dm210

test_reported_1 if {
	count(dm210.deny) == 1 with input as {"lines": {}, "settings": {"cgroup-parent": "/x"}, "host": null}
}

test_quiet_1 if {
	count(dm210.deny) == 0 with input as {"lines": {}, "settings": {}, "host": null}
}
