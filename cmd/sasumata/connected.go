package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/report"
)

// again is how long a lost connection rests.
const again = 2 * time.Second

// connected asks a server for something that goes on, and again when the connection was
// lost, until Ctrl-C. What it asks gives every error of printing to printed, which ends it.
func (s streams) connected(ctx context.Context, ask func(printed func(error) error) error) error {
	for known := false; ; {
		var printing error
		err := ask(func(err error) error {
			printing = err
			return err
		})
		if ctx.Err() != nil {
			return nil //nolint:nilerr // Ctrl-C is how it ends
		}
		if printing != nil {
			return &exitError{exitFailure, printing}
		}
		if refused, ok := errors.AsType[*api.RefusedError](err); ok {
			return usageError(refused)
		}
		if known = known || errors.Is(err, api.ErrLost); !known {
			return &exitError{exitFailure, fmt.Errorf("reach the server, which --server names: %w", err)}
		}
		fmt.Fprintf(s.err, "sasumata: %s; trying again\n", report.Safe(strings.ReplaceAll(err.Error(), "\n", ": ")))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(again):
		}
	}
}
