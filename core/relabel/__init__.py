"""Which pixels carry the decision: a two-class linear student of what flips the teacher.

``neighbors``   synthetic images around an image, the scale at which enough of them flip, equation 6
``student``     the linear student of equation 7 (or 2), solved to convergence
``coarse``      ours: the student of large images, coarse cells first
``hybrid``      ours: masked copies in black and in blur, taught by the margin
``presets``     settings for pictures of a size
``maps``        both under the signature of ``core.saliency``

Nothing here imports torch: a black-box teacher gets all of it.
"""
