"""Parts of the Sample page: one image and everything that is known about it."""
