"""The dashboard: thin pages over charts, parts and components."""
