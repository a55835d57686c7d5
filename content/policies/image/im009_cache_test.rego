package policies.image.im009_test

import data.policies.image.im009

cache(bytes) := {"kind": "apt", "folder": "/var/lib/apt/lists", "layer": 2, "bytes": bytes}

test_cache if im009.deny == {{"line": 0, "resource": "/var/lib/apt/lists", "kind": "apt", "values": {"folder": "/var/lib/apt/lists", "size": "64", "layer": "2"}}} with input as {"caches": [cache(65536)]}

test_little if count(im009.deny) == 0 with input as {"caches": [cache(65535)]}
