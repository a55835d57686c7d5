package policies.image.im002_test

import data.policies.image.im002

user(name, open) := {"kind": "user", "name": name, "id": 1, "open": open, "file": "/etc/passwd"}

test_open if im002.deny == {{"line": 0, "resource": "/etc/passwd:root", "values": {"file": "/etc/passwd", "name": "root"}}} with input as {"accounts": [user("root", true), user("a", false)]}

test_locked if count(im002.deny) == 0 with input as {"accounts": [user("root", false)]}
