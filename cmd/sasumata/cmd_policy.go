package main

import "github.com/spf13/cobra"

// newPolicy returns the commands about how things are built and run.
func newPolicy(s streams) *cobra.Command {
	return newGroup("policy", "Check how things are built and run", newPolicyCheck(s), newPolicyList(s))
}
