"""The classifier under study: its architecture, its training, its checkpoints, its predictions.

``protocol``       what a teacher can do, and what a lens may ask of it (no torch)
``architectures``  every architecture that a study may name
``convnet``        the small convolutional network of the built-in studies
``preprocessing``  from stored images to what a network reads
``training``       one epoch at a time, the same on every run
``checkpoints``    weights and training state as plain arrays
``inference``      logits and representations of many images
"""
