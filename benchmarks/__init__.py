"""Benchmarks: each figure beside a bound, or beside a peer that does the same in the same run. See `harness`."""
