package lab

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/sasumata/sasumata/seclog"
)

// morning is what happens: ordinary visitors, one who mistypes, and five attacks.
func (s *shop) morning() {
	for i := range 4 {
		client := fmt.Sprintf("192.0.2.%d", 10+i)
		for _, page := range []string{"/", "/products/12", "/products/17", "/cart"} {
			s.get(client, page, 11*time.Second)
		}
		s.login(client, fmt.Sprintf("visitor%d", i+1), "correct horse", 20*time.Second)
	}
	s.get("192.0.2.13", "/checkout", time.Minute)

	// Ann mistypes three times: nobody attacks her.
	for _, password := range []string{"correct hrose", "correct hores", "Correct horse", "correct horse"} {
		s.login("192.0.2.20", "ann", password, 8*time.Second)
	}
	s.clock.now = s.clock.now.Add(10 * time.Minute)

	// Brute force: eight guesses, and the ninth is right.
	for i := range 8 {
		s.login("203.0.113.42", "admin", fmt.Sprintf("summer%d", i), 10*time.Second)
	}
	s.login("203.0.113.42", "admin", "correct horse", 2*time.Minute)

	// SQL injection: answered, so it may have worked.
	for i := range 16 {
		s.get("198.51.100.77", fmt.Sprintf("/products?id=1%%27%%20UNION%%20SELECT%%20name%%2Cpassword%%20FROM%%20users%%20LIMIT%%20%d--%%20-", i), 20*time.Second)
	}
	s.clock.now = s.clock.now.Add(5 * time.Minute)

	// Path traversal: refused.
	for _, file := range []string{"../../../../etc/passwd", "..%2f..%2f..%2fetc%2fshadow"} {
		s.get("192.0.2.44", "/download?file="+file, 9*time.Second)
	}
	s.clock.now = s.clock.now.Add(5 * time.Minute)

	// Too many requests: four a second for two minutes and a half.
	for i := range 600 {
		s.get("198.51.100.150", fmt.Sprintf("/products/%d", i), 250*time.Millisecond)
	}

	// An address of the block list looks around.
	for _, page := range []string{"/", "/products/12"} {
		s.get(Blocked, page, 15*time.Second)
	}
	// What the application itself wants somebody to look at.
	seclog.Alerted(s.ctx, s.logger, "stock_mismatch", "12 lamps sold, 11 in stock", slog.Int("product", 12))
}
