package policies.image.im006_test

import data.policies.image.im006

test_none if count(im006.deny) == 1 with input as {"healthcheck": false}

test_one if count(im006.deny) == 0 with input as {"healthcheck": true}
