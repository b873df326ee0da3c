"""Which pixels carry the decision: saliency methods under one signature, and how they are judged.

``method``       the signature, what a method needs, what it cost; the teacher as methods see it
``examined``     a study's teacher as a function of pictures
``gradient``     gradient, sensitivity, gradient x input, integrated gradients
``cam``          Grad-CAM++
``occlusion``    a window slid over the image
``rise``         random masks weighed by the teacher's answers
``controls``     random, and random within the stroke: what every method must beat
``traps``        what makes attribution libraries silently wrong, found beforehand and named
``removal``      the curve of the true class's probability while pixels are removed

``method``, ``occlusion``, ``rise``, ``controls`` and ``removal`` import no torch: a black-box
teacher gets them without it.
"""
