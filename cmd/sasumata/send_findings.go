package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/scan"
)

// findingSender gives the findings of a run to a server.
type findingSender struct {
	server    string
	tokenFile string
}

// add adds the flags.
func (f *findingSender) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.server, "send", "", "give the findings to the server at this address, such as http://127.0.0.1:8480; wants --asset and --token-file")
	flags.StringVar(&f.tokenFile, "token-file", "", "with --send, file with a token that has the scope findings:write")
}

// check looks at the flags.
func (f *findingSender) check(asset string) error {
	switch {
	case f.server == "" && f.tokenFile == "":
		return nil
	case f.server == "":
		return errors.New("--token-file wants --send")
	case f.tokenFile == "":
		return errors.New("--send wants a token of the server: --token-file FILE")
	case asset == "":
		return errors.New("--send wants the name of what was looked at: --asset NAME")
	}
	if err := checkServer(f.server, true); err != nil {
		return fmt.Errorf("--send: %w", err)
	}
	return nil
}

// send gives the list to the server, and says what became of it. Nothing is sent without
// the flag.
func (f *findingSender) send(ctx context.Context, s streams, l *scan.List) error {
	if f.server == "" {
		return nil
	}
	token, err := config.Secret(f.tokenFile)
	if err != nil {
		return usageError(fmt.Errorf("--token-file: %w", err))
	}
	client := noRedirects()
	client.Timeout = 2 * time.Minute
	taken, err := (&api.Client{Server: f.server, Token: token, HTTP: client}).SendFindings(ctx, l)
	if err != nil {
		return answered(fmt.Errorf("send the findings to %s: %w", f.server, err))
	}
	fmt.Fprintf(s.err, "sasumata: sent: %d findings of %s to look at, %d new, %d came back, %d fixed\n", taken.Counts.Active, l.Asset, taken.Counts.New, taken.Counts.Reopened, taken.Counts.Fixed)
	if taken.LeftOut > 0 {
		fmt.Fprintf(s.err, "sasumata: WARNING: the server keeps no more than the gravest: %d were left out\n", taken.LeftOut)
	}
	return nil
}
