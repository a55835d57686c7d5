package policies.image.im010_test

import data.policies.image.im010

test_gone if count(im010.deny) == 1 with input as {"files": [{"path": "/root/.netrc", "class": "secret", "layer": 1, "gone": true}]}

test_there if count(im010.deny) == 0 with input as {"files": [{"path": "/root/.netrc", "class": "secret", "layer": 1, "gone": false}]}
