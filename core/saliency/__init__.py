"""Which pixels carry the decision: saliency methods under one signature, and how they are judged.

``method``       the signature, what a method needs, what it cost; the teacher as methods see it
``examined``     a study's teacher as a function of pictures
``gradient``     gradient, sensitivity, gradient x input, integrated gradients
``smooth``       SmoothGrad
``relevance``    guided backprop, layer-wise relevance propagation, excitation backprop
``cam``          Grad-CAM, Grad-CAM++, linear approximation
``score_cam``    Score-CAM
``extremal``     masks of a given area under which the class scores highest
``fgvis``        a mask for every colour value that makes the class disappear
``lime``         a local linear model of patches
``occlusion``    a window slid over the image
``rise``         random masks weighed by the teacher's answers
``refining``     those that take long, watched: a coarse map first, better ones after it
``controls``     random, random within the stroke, edges, a blob: what every method must beat
``traps``        what makes attribution libraries silently wrong, found beforehand and named
``removal``      the curve of the true class's probability while pixels are removed
``substrate``    what stands where a pixel is missing
``deletion_insertion``  RISE's two curves, by the fast engine
``sanity``       does a map change when the teacher's weights are drawn anew
``sensitivity``  how much a map changes where the picture hardly does
``paired``       two methods on the same images: difference, interval, p-value

``examined``, the gradient methods, ``relevance``, the class activation maps, ``extremal``,
``fgvis``, ``sanity`` and ``traps`` need torch; a black-box teacher gets the others without it.
"""
