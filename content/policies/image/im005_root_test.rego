package policies.image.im005_test

import data.policies.image.im005

test_root if im005.deny == {{"line": 0, "values": {"user": "root"}}} with input as {"user": "", "root": "yes"}

test_number if im005.deny == {{"line": 0, "values": {"user": "0:0"}}} with input as {"user": "0:0", "root": "yes"}

test_other if count(im005.deny) == 0 with input as {"user": "app", "root": "no"}

test_unknown if count(im005.deny) == 0 with input as {"user": "app", "root": "unknown"}

test_name if im005.deny == {{"line": 0, "values": {"user": "app (0)"}}} with input as {"user": "app", "root": "yes"}
