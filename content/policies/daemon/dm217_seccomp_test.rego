package policies.daemon.dm217_test

import data.policies.daemon.dm217

test_reported_1 if {
	count(dm217.deny) == 1 with input as {"lines": {}, "settings": {"seccomp-profile": "unconfined"}, "host": null}
}

test_quiet_1 if {
	count(dm217.deny) == 0 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_2 if {
	count(dm217.deny) == 0 with input as {"lines": {}, "settings": {"seccomp-profile": "/etc/docker/seccomp.json"}, "host": null}
}
