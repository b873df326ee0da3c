"""Data sets, one file per source: images, labels, class names and how they are split.

=====================  =========================================================================
``sources``            every source by name: ``load("digits")``
``options``            what a study may say about its data beside the source's name
``dataset``            what every source returns
``listing``            what a source says before any image is decoded; splits; the data set of it
``subset``             a smaller data set with the same shares of classes and splits
``noise``              labels flipped on purpose
``digits``             the 1,797 handwritten digits that scikit-learn ships
``mnist``              MNIST and Fashion-MNIST
``cifar``              CIFAR-10 and CIFAR-100
``quickdraw``          ten classes of sketches
``hand_drawn_shapes``  ellipses, rectangles, triangles and others
``celeba``             faces in eight classes
``imagenet``           Imagenette, and one image of each of ImageNet's 1,000 classes
``folder``             a user's folder of images
``array_files``        a user's ``.npz``, ``.npy`` and idx files
``parquet``            a user's Parquet files with image bytes
``prediction_file``    a user's predictions, with or without images
``factory``            a user's function that returns arrays
``decoding``           encoded images become uint8 arrays, by stated rules
``packed``             many JPEG images in one ``.npz``
``archives``, ``idx``  files of arrays that nobody has to trust
``arrays``             arrays of any type become uint8 images and labels, by stated rules
``licences``           what may be done with the images of the built-in sets
``content``            where files lie, what is missing, fingerprints
``originals``          public originals: address, size, checksum
``downloads``          gets them
=====================  =========================================================================
"""

from core.datasets.content import MissingData
from core.datasets.dataset import Dataset
from core.datasets.options import SourceOptions
from core.datasets.sources import content_fingerprint, load, names

__all__ = ["Dataset", "MissingData", "SourceOptions", "content_fingerprint", "load", "names"]
