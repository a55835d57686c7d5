package seclog_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"time"

	"github.com/sasumata/sasumata/seclog"
)

func ExampleNewHandler() {
	logger := slog.New(timeless{seclog.NewHandler(os.Stdout, &seclog.HandlerOptions{Service: "shop"})})
	logger.Info("charged", "order", "A-1001", "request", map[string]any{
		"headers": http.Header{"Authorization": {"Bearer abc"}},
		"url":     "https://api.example.com/charge?api_key=abc&amount=3",
	})
	// Output:
	// {"level":"INFO","msg":"charged","service":"shop","order":"A-1001","request":{"headers":{"Authorization":"[REDACTED:authorization]"},"url":"https://api.example.com/charge?api_key=[REDACTED:key]&amount=3"}}
}

func ExampleLoginFailed() {
	logger := slog.New(timeless{seclog.NewHandler(os.Stdout, nil)})
	seclog.LoginFailed(context.Background(), logger, seclog.User{Name: "ann"}, "wrong_password")
	// Output:
	// {"level":"WARN","msg":"login failed","evt":{"category":"authentication","name":"authentication","outcome":"failure","reason":"wrong_password"},"usr":{"name":"ann"}}
}

func ExampleEvent_Log() {
	logger := slog.New(timeless{seclog.NewHandler(os.Stdout, nil)})
	event := seclog.Event{
		Category: seclog.CategoryAccount, Name: "mfa_disabled", Outcome: seclog.Success,
		User: seclog.User{ID: "1001"}, Client: netip.MustParseAddr("203.0.113.7"),
	}
	event.Log(context.Background(), logger, slog.LevelWarn, "second factor disabled", slog.String("by", "support"))
	// Output:
	// {"level":"WARN","msg":"second factor disabled","evt":{"category":"account","name":"mfa_disabled","outcome":"success"},"usr":{"id":"1001"},"network":{"client":{"ip":"203.0.113.7"}},"by":"support"}
}

func ExampleMiddleware() {
	logger := slog.New(timeless{seclog.NewHandler(os.Stdout, nil)})
	standing := time.Now()
	logged := seclog.Middleware(logger, seclog.HTTPOptions{
		Proxies: seclog.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		Now:     func() time.Time { return standing },
	})
	handler := logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seclog.SetUser(r.Context(), seclog.User{ID: "1001"})
		seclog.AccessDenied(r.Context(), logger, seclog.User{}, seclog.Read, "order/7", "not_owner")
		http.Error(w, "not yours", http.StatusForbidden)
	}))

	r := httptest.NewRequest(http.MethodGet, "/orders/7", nil)
	r.RemoteAddr = "10.0.0.1:4711"
	r.Header.Set("X-Forwarded-For", "198.51.100.66, 203.0.113.7") // the first is what the client claims
	r.Header.Set("X-Request-Id", "abc-1")
	handler.ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// {"level":"WARN","msg":"access denied","evt":{"category":"authorization","name":"access_denied","outcome":"failure","reason":"not_owner","action":"read","resource":"order/7"},"usr":{"id":"1001"},"network":{"client":{"ip":"203.0.113.7"}},"http":{"request_id":"abc-1"}}
	// {"level":"WARN","msg":"request","evt":{"category":"web","name":"request","outcome":"failure"},"usr":{"id":"1001"},"network":{"client":{"ip":"203.0.113.7"},"bytes_read":0,"bytes_written":10},"http":{"request_id":"abc-1","method":"GET","url":"/orders/7","status_code":403,"version":"1.1"},"duration":0}
}

func ExampleOpen() {
	log, err := seclog.Open(seclog.Config{
		HandlerOptions: seclog.HandlerOptions{Service: "shop"},
		Dir:            os.TempDir() + "/shop-logs",
		OnError:        func(err error) { println("log:", err) },
	})
	if err != nil {
		panic(err)
	}
	defer log.Close()
	log.Logger().Info("started")
}
