"""What may be done with the images of each built-in data set, in a few words."""

KRIZHEVSKY = "research use, cite Krizhevsky 2009"
IMAGENET = "ImageNet terms: non-commercial research"

LICENCES = {
    "digits": "CC BY 4.0",
    "mnist": "CC BY-SA 3.0",
    "fashion_mnist": "MIT",
    "cifar10": KRIZHEVSKY,
    "cifar100": KRIZHEVSKY,
    "quickdraw": "CC BY 4.0",
    "hand_drawn_shapes": "CC BY 4.0",
    "celeba": "non-commercial research only, never redistribute",
    "imagenette": IMAGENET,
    "imagenet_samples": IMAGENET,
}
