//go:build !race

package crs

// RaceDetector says that the test was built with the race detector.
const RaceDetector = false
