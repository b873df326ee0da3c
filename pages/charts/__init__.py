"""Table in, Altair chart out; no chart knows a store or a page."""
