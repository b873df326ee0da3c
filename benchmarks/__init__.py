"""Benchmarks: our time and a reference's on the same work in one run, results compared."""
