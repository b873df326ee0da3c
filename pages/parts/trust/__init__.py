"""Parts of the Trust page: how faithful each lens is, beside its baselines."""
