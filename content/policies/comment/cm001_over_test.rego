package policies.comment.cm001_test

import data.policies.comment.cm001

test_bad if count(cm001.deny) == 1 with input as {"comments": [{"line": 1, "ids": ["A"], "until": "2026-01-01", "over": true, "fault": "", "held": 1}]}

test_good if count(cm001.deny) == 0 with input as {"comments": [{"line": 1, "ids": ["A"], "until": "", "over": false, "fault": "", "held": 1}]}
