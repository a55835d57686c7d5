// Command load measures a server under load, from outside: it writes the lines of web
// servers and of sshd to two files as nginx and sshd do, has sasumata follow them with its
// log store and all of its own rules, and looks at its numbers from outside.
//
// usage: load [-events N] [-rate N] [-server sasumata] [-profile FILE]
//
// Without a rate it writes as fast as it can, and says how many events a second came
// through, until the last one was in the log store. With a rate it says how long an
// attack takes from its last line to the signal in the file of signals.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	var o options
	flag.IntVar(&o.events, "events", 1_000_000, "how many lines are written")
	flag.IntVar(&o.rate, "rate", 0, "lines a second; 0 is as many as possible")
	flag.StringVar(&o.server, "server", "./sasumata", "the program")
	flag.BoolVar(&o.storeless, "without-store", false, "serve without its log store")
	flag.StringVar(&o.profile, "profile", "", "have the server write where its processor time went to this file")
	flag.StringVar(&o.dir, "dir", "", "where the files are written; a temporary folder by default")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
