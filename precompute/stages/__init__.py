"""One file per stage, each with a function of the same name: read, compute, write."""
