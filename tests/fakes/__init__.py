"""The outside world in memory, written by hand and held to the contract suites."""
