"""DeepVID: why this image? A linear student, taught by the teacher on the image's neighbours.

``neighbors``  the neighbours of an image by every sampler, in latent space and in pixel space
``student``    softmax(W x + b) on soft labels; one student, or many as one problem
``optimizers`` gradient descent, Adam, L-BFGS and the closed form behind it
``hybrid``     latent neighbours and masked copies, taught by the teacher's margin: our default
``trust``      whether the student may be believed, on the image and on held-out neighbours
``features``   weight images, weighted features, the difference of two classes
``tune``       a grid over temperature, band and regularisation, trained together
``probe``      the nearest neighbour in latent space that flips the class
``explanation`` one image from neighbours to trust, in steps that can be watched and stopped
``maps``       all of this under the signature of ``core.saliency``

Source: Wang, Gou, Zhang, Yang and Shen, "DeepVID: Deep Visual Interpretation and Diagnosis for
Image Classifiers via Knowledge Distillation" (2019), sections 4 to 9. No torch in here: a teacher
comes as a function from pictures to logits.
"""
