package policies.image.im004_test

import data.policies.image.im004

test_old if count(im004.deny) == 1 with input as {"created": "2026-01-01T00:00:00Z", "age_days": 91}

test_fresh if count(im004.deny) == 0 with input as {"created": "2026-01-01T00:00:00Z", "age_days": 90}

test_unknown if count(im004.deny) == 0 with input as {"created": "", "age_days": -1}

test_setting if count(im004.deny) == 1 with input as {"created": "2026-01-01T00:00:00Z", "age_days": 8} with data.settings as {"image_days": 7}
