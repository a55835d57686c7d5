package main

import "github.com/spf13/cobra"

// newScan returns the commands about what scanners find.
func newScan(s streams) *cobra.Command {
	return newGroup("scan", "One list of what scanners found", newScanReport(s))
}
