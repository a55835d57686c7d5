// Command example is a small web application whose logs show who tries to guess
// passwords:
//
//	go run ./seclog/example -dir /tmp/shop-logs
//	for i in 1 2 3 4 5 6; do curl -d 'user=ann&password=x' http://127.0.0.1:8090/login; done
//	sasumata analyze /tmp/shop-logs/*.log
package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/sasumata/sasumata/seclog"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "example:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("example", flag.ContinueOnError)
	dir := flags.String("dir", "logs", "folder of the logs")
	listen := flags.String("listen", "127.0.0.1:8090", "address to listen on")
	trusted := flags.String("proxy", "", "network of trusted proxies, such as 10.0.0.0/8")
	console := flags.Bool("console", false, "show the logs, too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	proxies := seclog.Proxies{}
	if *trusted != "" {
		network, err := netip.ParsePrefix(*trusted)
		if err != nil {
			return err
		}
		proxies.Trusted = append(proxies.Trusted, network)
	}

	config := seclog.Config{HandlerOptions: seclog.HandlerOptions{Service: "shop"}, Dir: *dir}
	config.OnError = func(err error) { fmt.Fprintln(os.Stderr, "log:", err) }
	if *console {
		config.Console = os.Stderr
	}
	log, err := seclog.Open(config)
	if err != nil {
		return err
	}
	defer log.ReopenOn(syscall.SIGHUP)() // for logrotate
	logger := log.Logger()

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *listen)
	if err != nil {
		return errors.Join(err, log.Close())
	}
	fmt.Fprintf(stdout, "http://%s/\n", listener.Addr())
	server := &http.Server{
		Handler:           seclog.Middleware(logger, seclog.HTTPOptions{Proxies: proxies})(&shop{logger: logger}),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(end)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, log.Close())
	}
	return errors.Join(<-stopped, log.Close())
}

// shop is the application.
type shop struct{ logger *slog.Logger }

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "POST /login":
		s.login(w, r)
	case "GET /orders":
		s.orders(w, r)
	default:
		http.NotFound(w, r)
	}
}

// login is a login as an application has it, but for its one user, whose password a real
// one would keep as a hash.
func (s *shop) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	user := seclog.User{Name: r.PostFormValue("user")}
	password := []byte(r.PostFormValue("password"))
	reason := ""
	switch {
	case user.Name != "ann":
		reason = "unknown_user"
	case subtle.ConstantTimeCompare(password, []byte("correct horse battery staple")) != 1:
		reason = "wrong_password"
	}
	if reason != "" {
		seclog.LoginFailed(r.Context(), s.logger, user, reason)
		http.Error(w, "wrong user or password", http.StatusUnauthorized)
		return
	}
	user.ID = "1001"
	seclog.SetUser(r.Context(), user)
	seclog.LoginSucceeded(r.Context(), s.logger, user)
	fmt.Fprintln(w, "welcome")
}

// orders refuses: there are no sessions here.
func (s *shop) orders(w http.ResponseWriter, r *http.Request) {
	order := strings.TrimSpace(r.URL.Query().Get("id"))
	seclog.AccessDenied(r.Context(), s.logger, seclog.User{}, seclog.Read, "order/"+order, "no_session")
	http.Error(w, "log in first", http.StatusForbidden)
}
