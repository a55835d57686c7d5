package demo

import (
	"fmt"
	"net/netip"
	"time"
)

const shopURL = "https://shop.example.com"

// Where visitors come from: half of a documentation range, and IPv6. Attackers
// use other parts.
func (d *day) visitorAddress() string {
	if d.rand.IntN(4) == 0 {
		return fmt.Sprintf("203.0.113.%d", 128+d.rand.IntN(120))
	}
	ip := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0x00, byte(1 + d.rand.IntN(40))}
	for i := 8; i < 16; i++ {
		ip[i] = byte(d.rand.IntN(256))
	}
	return netip.AddrFrom16(ip).String()
}

// timeOfDay follows the day and the night: hour by hour, how many come compared
// with the busiest hour. Only few are awake at three.
func (d *day) timeOfDay() time.Duration {
	curve := [24]int{18, 9, 5, 3, 3, 6, 16, 34, 52, 64, 70, 78, 92, 84, 72, 70, 72, 80, 88, 96, 100, 92, 64, 36}
	for {
		hour := d.rand.IntN(24)
		if d.rand.IntN(100) < curve[hour] {
			return time.Duration(hour)*time.Hour + d.between(0, time.Hour)
		}
	}
}

// visitor lets one person look around, perhaps log in and buy.
func (d *day) visitor() {
	at, ip, agent := d.timeOfDay(), d.visitorAddress(), pick(d, browsers())
	page := pick(d, entrances())
	d.page(at, ip, agent, pick(d, []string{"", "", "https://www.google.com/", "https://news.example.net/shops", "https://social.example.org/"}), page)
	account := ""
	// Nobody logs in between two and six, so that whoever does stands out.
	if d.rand.IntN(4) == 0 && (at < 110*time.Minute || at > 6*time.Hour) {
		account = d.account()
		at += d.between(8*time.Second, 40*time.Second)
		at = d.ordinaryLogin(at, ip, account, agent)
	}
	for range 1 + d.rand.IntN(5) {
		at += d.between(9*time.Second, 90*time.Second)
		next := d.destination()
		d.page(at, ip, agent, shopURL+page, next)
		page = next
	}
	if account != "" && d.rand.IntN(3) == 0 {
		d.web(at+12*time.Second, request{ip: ip, method: "POST", target: "/cart/checkout", status: 302, size: 154, referer: shopURL + "/cart", agent: agent})
	}
}

// ordinaryLogin logs somebody in; one in six mistypes the password first.
func (d *day) ordinaryLogin(at time.Duration, ip, account, agent string) time.Duration {
	if d.rand.IntN(6) == 0 {
		for range 1 + d.rand.IntN(2) {
			d.login(at, ip, account, agent, false)
			at += d.between(6*time.Second, 25*time.Second)
		}
	}
	d.login(at, ip, account, agent, true)
	return at
}

// page loads a page with some of what belongs to it.
func (d *day) page(at time.Duration, ip, agent, referer, target string) {
	status, size := 200, 4000+d.rand.IntN(40_000)
	switch n := d.rand.IntN(200); {
	case n == 0:
		status, size = 500, 572
	case n < 3:
		target, status, size = target+"-old", 404, 1532
	case n < 12:
		status, size = 304, 0
	}
	d.web(at, request{ip: ip, target: target, status: status, size: size, referer: referer, agent: agent})
	for range d.rand.IntN(10) {
		d.web(at+d.between(0, 2*time.Second), request{
			ip: ip, target: pick(d, assets()), status: 200, size: 900 + d.rand.IntN(90_000), referer: shopURL + target, agent: agent,
		})
	}
}

// destination is a page that somebody who is in the shop already goes to. The
// searches hold the words that careless patterns take for attacks.
func (d *day) destination() string {
	switch d.rand.IntN(6) {
	case 0:
		return "/search?q=" + pick(d, []string{
			"select+a+colour", "union+jack+mug", "o%27neill+jacket", "drop+leaf+table", "rock+%27n%27+roll",
			"%E6%89%8B%E5%B8%B3", "caf%C3%A9+au+lait", "body+scan+scale", "salt+%26+pepper", "script+font+sign",
		}) + fmt.Sprintf("&page=%d", 1+d.rand.IntN(4))
	case 1:
		return fmt.Sprintf("/category/%s?sort=price&page=%d", pick(d, categories()), 1+d.rand.IntN(9))
	case 2:
		return pick(d, []string{"/cart", "/account", "/help/shipping", "/help/returns", "/about"})
	default:
		return fmt.Sprintf("/products/%d", 1000+d.rand.IntN(800))
	}
}

func (d *day) account() string {
	return pick(d, []string{
		"aoi", "ben", "chihiro", "daniel", "emi", "farid", "grace", "haruto", "ines", "jun", "kenji", "lena", "mei",
		"nao", "olga", "pavel", "rin", "sakura", "tom", "yuki",
	}) + fmt.Sprintf("%02d", d.rand.IntN(60))
}

func entrances() []string {
	return []string{"/", "/", "/", "/sale", "/category/kitchen", "/category/garden", "/blog/autumn-colours", "/products/1204"}
}

func categories() []string { return []string{"kitchen", "garden", "office", "toys", "books", "lamps"} }

func assets() []string {
	return []string{
		"/assets/app.3f9c.js", "/assets/site.81ad.css", "/assets/logo.svg", "/img/hero.webp", "/img/p/1204.webp",
		"/img/p/1377.webp", "/img/p/1512.webp", "/fonts/inter.woff2", "/favicon.ico", "/api/cart/count",
	}
}

func browsers() []string {
	return []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
	}
}
