package policies.comment.cm003_test

import data.policies.comment.cm003

test_bad if count(cm003.deny) == 1 with input as {"comments": [{"line": 1, "ids": ["A"], "until": "", "over": false, "fault": "", "held": 0}]}

test_good if count(cm003.deny) == 0 with input as {"comments": [{"line": 1, "ids": ["A"], "until": "", "over": false, "fault": "", "held": 1}]}
