package policies.image.im003_test

import data.policies.image.im003

test_secret if count(im003.deny) == 1 with input as {"files": [{"path": "/app/.env", "class": "secret", "gone": false}]}

test_unneeded if {
	found := im003.deny with input as {"files": [{"path": "/app/.git", "class": "unneeded", "gone": false}]}
	[f.severity | some f in found] == ["low"]
}

test_gone if count(im003.deny) == 0 with input as {"files": [{"path": "/app/.env", "class": "secret", "gone": true}]}
