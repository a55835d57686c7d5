// Package anomaly finds what is unusual without being told what to look for.
//
// There are two methods, and both explain themselves:
//
//   - [Detector] watches one number over time, such as requests a minute. It keeps
//     the range that several views of the series have stayed in and scores how far
//     a new observation sets a record in them.
//   - [Forest] compares feature vectors, such as what a client did in an hour, with
//     those that it was trained on (isolation forest).
//
// Both are deterministic, take bounded memory and never look ahead. Nothing in
// the package reads a clock.
package anomaly
