package policies.daemon.dm301_test

import data.policies.daemon.dm301

test_reported if {
	count(dm301.deny) == 1 with input as {"host": {"files": [{"path": "/etc/docker", "what": "folder", "wrong": ["mode"], "owner": "root", "group": "root", "mode": "777", "want_owner": "root", "want_group": "root", "want_mode": "755"}]}}
}

test_quiet if {
	count(dm301.deny) == 0 with input as {"host": {"files": [{"path": "/etc/docker", "wrong": []}]}}
}

test_without_a_host if {
	count(dm301.deny) == 0 with input as {"host": null}
}
