package policies.daemon.dm206_test

import data.policies.daemon.dm206

test_reported_1 if {
	count(dm206.deny) == 1 with input as {"lines": {}, "settings": {"storage-driver": "aufs"}, "host": null}
}

test_quiet_1 if {
	count(dm206.deny) == 0 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_2 if {
	count(dm206.deny) == 0 with input as {"lines": {}, "settings": {"storage-driver": "overlay2"}, "host": null}
}
