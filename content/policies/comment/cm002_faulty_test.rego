package policies.comment.cm002_test

import data.policies.comment.cm002

test_bad if count(cm002.deny) == 1 with input as {"comments": [{"line": 1, "ids": [], "until": "", "over": false, "fault": "x", "held": 0}]}

test_good if count(cm002.deny) == 0 with input as {"comments": [{"line": 1, "ids": ["A"], "until": "", "over": false, "fault": "", "held": 1}]}
