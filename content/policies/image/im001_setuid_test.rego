package policies.image.im001_test

import data.policies.image.im001

file(class) := {"path": "/bin/su", "class": class, "mode": "4755", "gone": false}

test_setuid if im001.deny == {{"line": 0, "resource": "/bin/su", "values": {"path": "/bin/su", "mode": "4755"}}} with input as {"files": [file("setuid")]}

test_setgid if count(im001.deny) == 1 with input as {"files": [file("setgid")]}

test_other if count(im001.deny) == 0 with input as {"files": [file("writable")]}
