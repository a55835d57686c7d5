package waf_test

import (
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
)

const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36"

func TestCleanRequestsAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates for the calls that it watches: counted without it")
	}
	i, p, m, e := inspector(t), content(t), waf.NewMachine(), event.New()
	f := func(target string, inspect func(*event.Event, *waf.Machine) waf.Verdict) {
		t.Helper()
		request(e, target, browser, "https://shop.example/list?page=3")
		if n := testing.AllocsPerRun(100, func() {
			if inspect(e, m).Attack {
				t.Fatal("attack")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", target, n)
		}
	}
	f("/products/1234/reviews.html?page=2&sort=asc", i.Inspect)
	f("/search?q=select+a+colour+from+the+list%21&x=caf%C3%A9", i.Inspect) // seen before
	f("/search?q="+strings.Repeat("union+", 300), p.Inspect)
}

func BenchmarkInspect(b *testing.B) {
	p, m := inspector(b), waf.NewMachine()
	f := func(name, target string) {
		b.Run(name, func(b *testing.B) {
			e := event.New()
			request(e, target, browser, "https://shop.example/list?page=3")
			attack := p.Inspect(e, m).Attack
			b.ReportAllocs()
			for b.Loop() {
				if attack { // the verdict of the last round must not grow
					request(e, target, browser, "https://shop.example/list?page=3")
				}
				p.Inspect(e, m)
			}
		})
	}
	f("clean", "/products/1234/reviews.html?page=2&sort=asc")
	f("encoded", "/search?q=select+a+colour+from+the+list%21&x=caf%C3%A9")
	f("attack", "/item.php?id=1%27%20UNION%20ALL%20SELECT%20NULL,version(),3--%20-")
	f("8KiB", "/search?q="+strings.Repeat("union+select%20", 600))
}
