package main

import "github.com/spf13/cobra"

// newWAF returns the commands about attacks on web applications.
func newWAF(s streams) *cobra.Command {
	return newGroup("waf", "Look for attacks on web applications", newWAFScan(s))
}
