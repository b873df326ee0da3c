"""Where neighbours of an image come from: a code for every image, an image for every code.

``generator``      what every generator can do; latent codes, ranges and errors of a study
``sampling``       line, band, box, morph and k-NN in the latent space, and the neighbours' order
``frequency``      low-frequency cosine coefficients as a code, without any training
``decoder_numpy``  a trained decoder from its plain weights, for pages without torch
``autoencoder``    what both trained generators share, and their training
``vae``            the fully connected one of 10 dimensions
``dfc_vae``        the convolutional one of 100 dimensions with a deep feature loss

The first four import no torch.
"""
