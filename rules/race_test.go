//go:build race

package rules

// raceEnabled: pools drop at random under the race detector.
const raceEnabled = true
