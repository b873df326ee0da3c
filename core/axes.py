"""Glossary of axis names, and the arrays that several packages exchange.

One name means one thing everywhere, and the same name twice in a signature means the same length:

``sample``     images of a study, in the order of ``sample_id``
``query``      samples for which an answer is asked, when they are not the samples themselves
``class``      the classifier's outputs
``height``, ``width``, ``channel``   of an image or of a feature map; images keep channels last
``feature``    components of any vector that describes a sample
``representation``   components of the vector that enters the last linear layer
``latent``     components of a generator's code
``neighbor``   a sample's nearest neighbours, nearest first
``epoch``      checkpoints of the classifier in training order
``layer``      layers of the classifier in call order
``corner``     corners of a polygon
``bin``        intervals of a histogram

Images are uint8 with channels last; a classifier's input is float32 in 0..1 with channels first.
This module imports no torch, so that pages may use it.
"""

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

Images = UInt8[np.ndarray, "sample height width channel"]
Labels = Int[np.ndarray, " sample"]
SampleIds = Int[np.ndarray, " sample"]
Mask = Bool[np.ndarray, " sample"]
Scalars = Float[np.ndarray, " sample"]

Logits = Float[np.ndarray, "sample class"]
Probabilities = Float[np.ndarray, "sample class"]
Representations = Float[np.ndarray, "sample representation"]
Features = Float[np.ndarray, "sample feature"]

Points = Float[np.ndarray, "sample 2"]
Polygon = Float[np.ndarray, "corner 2"]
Neighbors = Int[np.ndarray, "sample neighbor"]
Distances = Float[np.ndarray, "sample neighbor"]
