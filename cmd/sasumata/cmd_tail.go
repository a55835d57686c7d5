package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/report"
)

// tailCommand is the tail command: it shows what a server takes, as it comes.
type tailCommand struct {
	streams

	server    string
	tokenFile string
	output    string
}

func newTail(s streams) *cobra.Command {
	c := &tailCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "tail --token-file FILE [SEARCH]",
		Short: "Show the events that a server takes, as they come",
		Long: `Tail shows the events that match the search as a running server takes them, until
Ctrl-C. The server knows who asks by the token of a reader (http.readers in its
configuration). A connection that is lost is made again; what came meanwhile is in the
log store. Events that come faster than they can be shown are left out and counted.`,
		Example: `  sasumata tail --token-file reader.token '@evt.outcome:failure'
  sasumata tail --token-file reader.token -o json source:nginx | jq -r .network.client.ip`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), strings.Join(args, " ")) },
	}
	flags := cmd.Flags()
	flags.StringVar(&c.server, "server", "http://"+config.DefaultListen, "address of the server")
	flags.StringVar(&c.tokenFile, "token-file", "", "file with the token of a reader")
	flags.StringVarP(&c.output, "output", "o", "text", "text or json")
	return cmd
}

func (c *tailCommand) run(ctx context.Context, text string) error {
	if c.output != "text" && c.output != "json" {
		return fmt.Errorf("--output %q, want text or json", c.output)
	}
	if err := checkServer(c.server, true); err != nil {
		return err
	}
	if c.tokenFile == "" {
		return errors.New("want the token of a reader: --token-file FILE")
	}
	token, err := config.Secret(c.tokenFile)
	if err != nil {
		return fmt.Errorf("--token-file: %w", err)
	}
	client := api.Client{Server: c.server, Token: token, HTTP: noRedirects()}
	leftOut := func(n int64) {
		fmt.Fprintf(c.err, "sasumata: %d events came too fast and are left out: narrow the search\n", n)
	}
	return c.connected(ctx, func(printed func(error) error) error {
		return client.Tail(ctx, text, func(event []byte) error { return printed(c.show(event)) }, leftOut)
	})
}

// noRedirects returns a client that shows a token to nobody but the server that it is
// for.
func noRedirects() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// checkServer refuses addresses that are none, and with a secret those that it would be
// shown to everybody on the way to.
func checkServer(server string, secret bool) error {
	at, err := url.Parse(server)
	if err != nil || at.Hostname() == "" || at.Scheme != "http" && at.Scheme != "https" {
		return fmt.Errorf("--server %q, want the form http://%s", server, config.DefaultListen)
	}
	if !secret {
		return nil
	}
	ip := net.ParseIP(at.Hostname())
	if at.Scheme == "http" && at.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--server %q would show the token to everybody on the way: use https, or a tunnel to this machine", server)
	}
	return nil
}

// show prints an event.
func (c *tailCommand) show(event []byte) error {
	if c.output == "json" {
		_, err := fmt.Fprintf(c.out, "%s\n", event)
		return err
	}
	var e struct{ Timestamp, Source, Status, Host, Message string }
	if err := json.Unmarshal(event, &e); err != nil {
		return fmt.Errorf("read an event: %w", err)
	}
	fields := []string{e.Timestamp, e.Host, e.Source, e.Status, e.Message}
	for i, text := range fields {
		if text == "" {
			text = "-"
		}
		fields[i] = report.Safe(text)
	}
	_, err := fmt.Fprintln(c.out, strings.Join(fields, "  "))
	return err
}
