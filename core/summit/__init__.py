"""Summit: what a class is made of, for any torch classifier (Hohman et al. 2019).

====================  ====================================================================
``channel_graph``     which channels feed which, read from ``torch.export``
``operators``, ``blocks``, ``provenance``   how: kinds of operators, default layers, labels
``forward``           reading and changing tensors of the exported network
``aggregation``       one pass over the images: maxima, influences, patches
``activation``        A: which channels images choose (methods 1 and 2)
``influence``, ``strongest``   I: exact influences, and counts of the strongest five
``merging``           inner layers merged by the strongest path
``seeds``             from maxima or relevance to A, as a preset says
``settings``          presets ``paper``, ``published``, ``darkroom``, ``relevance``
``pagerank``, ``attribution``   the attribution graph of a class
``hubs``              channels that say nothing about the class
``patches``, ``receptive_field``   image patches that excite a channel most
``visualization``     pictures that a channel responds to
``similarity``        cosine on A, embedding of the classes per layer
``early``             deciding at a layer
``relevance``, ``masking``   another seed, and what silencing channels does
``compare``           two classes, one image's path, motifs
``published``         the authors' released graphs
====================  ====================================================================

Pages may import ``activation``, ``attribution``, ``compare``, ``early``, ``hubs``, ``pagerank``,
``published``, ``seeds``, ``settings`` and ``similarity``: these import no torch.
"""
