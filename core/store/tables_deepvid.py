"""Tables and arrays of the generators and of DeepVID."""

from core.store.declaration import SAMPLE, Array, Column, Table, share_of

GENERATOR = Column("generator", "string", "generator: `vae`, `dfc_vae` or `frequency`")
DIMENSION = Column("dimension", "int32", "number of the latent dimension, from 0", low=0)

DEEPVID_TABLES = (
    Table(
        "generator",
        "the study's generators, and how well they give images back",
        ("generator",),
        (
            GENERATOR,
            Column("place", "int32", "place in the study's list, 0 is the first shown", low=0),
            Column("latent", "int32", "latent dimensions", low=1),
            Column("keep", "int32", "frequencies kept along a side; 0 if it was trained", low=0),
            Column("images", "int64", "training images that it was trained on", low=0),
            Column("epochs", "int32", "epochs of training", low=0),
            Column("loss", "string", "what a reconstruction was judged by; empty if untrained"),
            Column(
                "surveyed", "int64", "training images whose codes give the ranges, shown or not",
                low=1,
            ),
        ),
    ),
    Table(
        "generator_loss",
        "training of a generator, mean over the images of each epoch",
        ("generator", "epoch"),
        (
            GENERATOR,
            Column("epoch", "int32", "epoch of the generator's training, from 1", low=1),
            Column("reconstruction", "float64", "reconstruction loss of an image", unit="nats"),
            Column("divergence", "float64", "divergence from the prior", unit="nats", low=0),
        ),
    ),
    Table(
        "latent_range",
        "range of every latent dimension over the training split",
        ("generator", "dimension"),
        (
            GENERATOR,
            DIMENSION,
            Column("low", "float32", "smallest value"),
            Column("high", "float32", "largest value"),
            Column("deviation", "float32", "standard deviation", low=0),
        ),
    ),
    Table(
        "latent_correlation",
        "pairs of latent dimensions that vary together over the training split",
        ("generator", "first", "second"),
        (
            GENERATOR,
            Column("first", "int32", "the smaller number of the two", low=0),
            Column("second", "int32", "the larger number of the two", low=1),
            Column("correlation", "float32", "Pearson correlation", low=-1, high=1),
        ),
    ),
    Table(
        "reconstruction",
        "how well a generator gives each shown image back",
        ("generator", "sample_id"),
        (
            GENERATOR,
            SAMPLE,
            Column("error", "float32", "mean squared difference of values in 0..1", low=0),
        ),
    ),
    Table(
        "explanation",
        "DeepVID's default run for a stated set of samples; `place` is the row in its arrays",
        ("sample_id",),
        (
            SAMPLE,
            Column("place", "int32", "row of the sample in the stage's arrays", low=0),
            Column(
                "chosen", "string", "why this sample", choices=("misread", "uncertain", "class")
            ),
            Column("teacher_class", "int32", "the teacher's most probable class", low=0),
            Column("student_class", "int32", "the student's; -1 is all classes left out", low=-1),
            share_of(
                "total_variation", "half the L1 distance of their probabilities for the classes"
                " compared: a lower bound where -1 is among them",
            ),
            Column(
                "kl", "float32", "mean KL of teacher and student on held-out neighbours",
                unit="nats", low=0,
            ),
            share_of("agreement", "held-out neighbours that both read alike"),
            Column(
                "r2", "float32", "share of the variance of the teacher's centred logits on held-out"
                " neighbours that the student explains; null where they do not vary",
                high=1, nullable=True,
            ),
            Column("held_out", "int32", "number of held-out neighbours", low=1),
        ),
    ),
)  # fmt: skip

_EXPLAINED = "explained class channel height width"

DEEPVID_ARRAYS = (
    *(
        Array(
            "generator", name, "float32", "sample latent", f"code of every shown image by {name}"
        )
        for name in ("vae", "dfc_vae", "frequency")
    ),
    Array(
        "deepvid", "classes", "int32", "explained class",
        "classes that teacher and student are compared on; -1 is all others together",
    ),
    Array(
        "deepvid", "teacher", "float32", "explained class", "the teacher's probabilities",
    ),
    Array(
        "deepvid", "student", "float32", "explained class",
        "the student's probabilities, by its own weights for the logits, which are not kept",
    ),
    Array(
        "deepvid", "weights", "float32", _EXPLAINED,
        "the hybrid's weights for the log-odds of each class against the rest: what every value of"
        " the image adds to them. Not the student's, whose probabilities are `student`",
    ),
    Array(
        "deepvid", "codes", "float32", "explained neighbor latent",
        "codes of the neighbours, in their order",
    ),
    Array(
        "deepvid", "neighbors", "float32", "explained neighbor class",
        "the teacher's probabilities for the neighbours",
    ),
    Array(
        "deepvid", "influence", "float32", "explained latent",
        "how much each axis changes the teacher: half the L1 distance between its two ends; NaN"
        " where it was not asked",
    ),
)  # fmt: skip
