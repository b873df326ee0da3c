"""What pages share: the selection, cached reads, and pieces of a page."""
