package policies.image.im011_test

import data.policies.image.im011

user(name, id) := {"kind": "user", "name": name, "id": id, "open": false, "file": "/etc/passwd"}

test_second_root if {
	found := im011.deny with input as {"accounts": [user("root", 0), user("toor", 0), user("app", 0)]}
	{[f.values.name, f.values.other, f.severity] | some f in found} == {["toor", "root", "high"], ["app", "root", "high"]}
}

test_same_number if {
	found := im011.deny with input as {"accounts": [user("a", 7), user("b", 7)]}
	[f.severity | some f in found] == ["low"]
}

test_group_is_no_user if count(im011.deny) == 0 with input as {"accounts": [user("a", 7), {"kind": "group", "name": "b", "id": 7, "open": false, "file": "/etc/group"}]}

test_shadow_has_no_numbers if count(im011.deny) == 0 with input as {"accounts": [
	{"kind": "user", "name": "a", "id": -1, "open": false, "file": "/etc/shadow"},
	{"kind": "user", "name": "b", "id": -1, "open": false, "file": "/etc/shadow"},
]}

test_good if count(im011.deny) == 0 with input as {"accounts": [user("root", 0), user("a", 1)]}
