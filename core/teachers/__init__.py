"""The classifier under study: its architecture, its training, its checkpoints, its predictions.

====================  ==========================================================================
``protocol``          what a teacher can do, and what a lens may ask of it (no torch)
``architectures``     every architecture that a study may name, and what its input looks like
``convnet``           the small convolutional network of the built-in studies
``lenet``             LeNet-5
``resnet18``          ResNet-18
``cifar_resnet``      ResNet-20, ResNet-56 and others for 32 x 32 pixels
``vgg``               VGG-16 with batch normalisation
``squeezenet``        SqueezeNet 1.1
``mobilenet``         MobileNet-v2
``preprocessing``     from stored images to what a network reads
``inference``         logits and representations of many images
``head``              what enters the last layer, and that layer as a function
``training``          one epoch at a time or a part of it, the same on every run
``augmentation``      training images changed at random
``sampling``          the order of training, and the random numbers of every step
``pgd``               attacked images, and how many a teacher withstands
``active``            which images to label next
``learning_loss``     a network that predicts its own loss
``checkpoints``       weights and training state as plain arrays
``weight_files``      weights that others wrote
``checkpoint_files``  files of weights by the epoch in their names
``own``               a user's own model as a teacher, whatever it is made of
``factory``           a user's function that makes a model
``exported``          programs that torch.export wrote
``onnx_model``        networks in ONNX files
``estimators``        fitted scikit-learn estimators
``prediction_table``  a teacher of which only its predictions are at hand
``diagnosis``         what is usually wrong with a model, and how to mend it
====================  ==========================================================================
"""
