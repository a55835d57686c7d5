// Package datadog tests the intake of Datadog's agents with the client of Datadog's API,
// which takes minutes to compile.
package datadog
