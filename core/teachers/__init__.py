"""The classifier under study: its architecture, its training, its checkpoints, its predictions.

``protocol``     what a teacher can do, and what a lens may ask of it (no torch)
``convnet``      the small convolutional network of the built-in studies
``training``     one epoch at a time, the same on every run
``checkpoints``  weights and training state as plain arrays
``inference``    logits and representations of many images
"""
