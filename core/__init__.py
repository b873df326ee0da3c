"""Arrays in, arrays out: what Darkroom computes, without a screen and without a database.

The map of the rooms; each concept has one address.

=================  ==============================================================
``axes``           glossary of axis names and aliases of arrays
``datasets``       one file per source: images, labels, class names
``teachers``       architectures, training, checkpoints, predictions
``neighborhoods``  exact nearest neighbors, neighbor preservation, trustworthiness
``projections``    t-SNE, UMAP and PCA of representations, logits, probabilities
``uncertainty``    softmax and predictive entropy
``calibration``    reliability diagram, expected calibration error
``confusion``      confusion matrix, table of classes, accuracy
``intervals``      95 % intervals: Wilson's and the bootstrap's
``agreement``      two classifiers on the same images: McNemar's test, difference of accuracy
``lasso``          which points lie inside a polygon
``darksight``      all predictions in one picture: a student in the plane, confidence
``dvi``            how the territory formed: boundary, complex, landscape, properties
``summit``         what a class is made of: channels, influence, attribution graphs
``generators``     pictures near a picture: VAE, DFC-VAE, frequencies, sampling
``deepvid``        why this image: a linear student taught by its neighbours
``relabel``        which pixels flip the answer: a two-class student of re-labelled neighbours
``saliency``       which pixels matter: one signature for all methods, removal curves
``store``          the artifact store: tables, keys, manifests, writer, reader
=================  ==============================================================

Only ``datasets`` (reading) and ``store`` touch files. No other room imports ``store``, and it
imports no other room.
"""
