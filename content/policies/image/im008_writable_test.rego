package policies.image.im008_test

import data.policies.image.im008

test_writable if count(im008.deny) == 1 with input as {"files": [{"path": "/app", "class": "writable", "mode": "777"}]}

test_other if count(im008.deny) == 0 with input as {"files": [{"path": "/app", "class": "secret", "mode": "600"}]}
