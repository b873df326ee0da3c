"""Components with JavaScript of our own: the map of samples and the grid of images.

Each is a pair: a `.py` file with the function that a page calls, and `.js` files that are sent as
they stand (no build step, nothing fetched from elsewhere). `carrier` brings binary data to them.
"""
