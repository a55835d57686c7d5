// Package clients tests the intakes of the server with the clients that others wrote. It
// is a module of its own, so that their dependencies are none of ours.
package clients
