package policies.daemon.dm101_test

import data.policies.daemon.dm101

test_reported if {
	count(dm101.deny) == 1 with input as {"host": {"expected": ["/etc/docker", "/usr/bin/runc"], "audited": ["/usr/bin/runc"]}}
}

test_quiet if {
	count(dm101.deny) == 0 with input as {"host": {"expected": ["/etc/docker/daemon.json"], "audited": ["/etc/docker"]}}
}
