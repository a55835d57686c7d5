//go:build race

package match_test

// raceDetector says that the test was built with the race detector.
const raceDetector = true
