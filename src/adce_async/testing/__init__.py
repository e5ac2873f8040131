"""Public helpers for tests: virtual clock, in-memory adapters, contract suites."""
