"""Tables and arrays of the saliency methods' contest, and of re-label distillation's neighbours."""

from core.store.declaration import CLASS, METHOD, SAMPLE, Array, Column, Table, share_of
from core.store.tables_deepvid import GENERATOR

_METRICS = ("deletion", "insertion", "removal", "sanity", "sensitivity")
_ROW = Column("row", "int32", "row of the sample in the stage's arrays, see saliency_explained",
              low=0)  # fmt: skip

SALIENCY_TABLES = (
    Table(
        "saliency_method",
        "the methods of the contest: what they cost, or why one is not there",
        ("method",),
        (
            METHOD,
            Column("place", "int32", "place in the list of methods", low=0),
            Column("settings", "string", "the method's settings as JSON"),
            Column("original", "string", "the values of the method's own paper, where it has some"),
            Column(
                "evaluations", "float64",
                "the teacher's forward and backward passes for one image; null if not there",
                low=0, nullable=True,
            ),
            Column("flat", "int32", "images for which it has no map, or one with a single value"
                   " everywhere: their curves are those of a random order", low=0),
            Column("reason", "string", "why the method is not there; empty if it is"),
        ),
    ),
    Table(
        "removal_curve",
        "mean probability of the true class while the most important pixels turn black",
        ("method", "removed"),
        (
            METHOD,
            Column("removed", "int32", "pixels removed so far", low=0),
            share_of("mean", "mean over the images"),
            share_of("low", "lower end of the 95 % bootstrap interval"),
            share_of("high", "upper end of the 95 % bootstrap interval"),
        ),
    ),
    Table(
        "removal_area",
        "area below each image's removal curve, over the first 200 of 784 pixels or as many parts",
        ("method", "sample_id"),
        (METHOD, SAMPLE, share_of("area", "mean probability of the true class")),
    ),
    Table(
        "saliency_gallery",
        "the images of the gallery; the array `gallery` holds a map for each method and row",
        ("row",),
        (Column("row", "int32", "row of the array", low=0), SAMPLE, CLASS),
    ),
    Table(
        "saliency_gallery_method",
        "the methods of the gallery, in the order of the array's first axis",
        ("place",),
        (Column("place", "int32", "place on the array's first axis", low=0), METHOD),
    ),
    Table(
        "saliency_protocol",
        "how each metric was taken",
        ("metric",),
        (
            Column("metric", "string", "what was taken", choices=_METRICS),
            Column(
                "settings", "string",
                "its settings as JSON: steps, colour, kernel of the blur, draws, radius",
            ),
            Column("words", "string", "the same in words, to stand beside the figures"),
        ),
    ),
    Table(
        "saliency_curve",
        "mean probability of the teacher's first class while pixels are deleted or inserted",
        ("method", "game", "share"),
        (
            METHOD,
            Column("game", "string", "what happens to the pixels",
                   choices=("deletion", "insertion")),
            share_of("share", "share of the pixels deleted or inserted so far", "float64"),
            share_of("mean", "mean over the method's images"),
            share_of("low", "lower end of the 95 % bootstrap interval"),
            share_of("high", "upper end of the 95 % bootstrap interval"),
            Column("n", "int32", "images of the method", low=1),
        ),
    ),
    Table(
        "saliency_score",
        "each image's value; methods that take long have fewer images, the first of one order; an"
        " image without a value (a flat map has no rank correlation) has no row",
        ("method", "metric", "sample_id"),
        (
            METHOD,
            Column("metric", "string", "what was taken; removal stands in removal_area",
                   choices=tuple(metric for metric in _METRICS if metric != "removal")),
            SAMPLE,
            Column("value", "float64", "deletion and insertion: area below the curve; sanity:"
                   " absolute rank correlation with the map of the teacher drawn anew;"
                   " sensitivity: largest relative change of the map", low=0),
        ),
    ),
    Table(
        "saliency_pair",
        "re-label's best preset against every other method, on the images that both have",
        ("metric", "method", "other"),
        (
            Column("metric", "string", "what was taken", choices=_METRICS),
            METHOD,
            Column("other", "string", "the method it is compared with"),
            Column("difference", "float64", "mean of the method's value minus the other's"),
            Column("low", "float64", "lower end of its 95 % bootstrap interval"),
            Column("high", "float64", "upper end of its 95 % bootstrap interval"),
            share_of("p", "how often random signs make a mean as far from zero", "float64"),
            Column("n", "int32", "images that both methods have", low=1),
        ),
    ),
    Table(
        "saliency_explained",
        "the samples whose maps were made beforehand; the arrays `maps`, `deletion` and `insertion`"
        " hold them",
        ("row",),
        (
            _ROW,
            SAMPLE,
            Column("class", "int32", "class that the maps explain: the teacher's first", low=0),
        ),
    ),
    Table(
        "saliency_explained_method",
        "the methods of these arrays, in the order of their first axis",
        ("place",),
        (Column("place", "int32", "place on the arrays' first axis", low=0), METHOD),
    ),
    Table(
        "relabel_explained",
        "re-label distillation's neighbours of the gallery's images: how far they had to be",
        ("row",),
        (
            _ROW,
            Column("place", "int32", "place on the first axis of the array `neighbors`", low=0),
            GENERATOR,
            Column("scale", "float64", "scale of the noise; null if none was found",
                   low=0, nullable=True),
            share_of("share", "share of the neighbours that get another class", "float64"),
            Column("count", "int32", "neighbours that were drawn", low=0),
            Column("residual", "float64", "norm of the objective's gradient where the student's"
                   " search ended, over that where it began; null without a student",
                   low=0, nullable=True),
            Column("error", "float64", "mean squared error of the image's reconstruction by the"
                   " generator, pixels in 0..1", low=0),
            Column("reason", "string", "why no map can be drawn; empty if one can"),
        ),
    ),
    Table(
        "relabel_neighbor",
        "a stated number of these neighbours, placed by what the teacher makes of them",
        ("row", "neighbor"),
        (
            _ROW,
            Column("neighbor", "int32", "place on the second axis of the array `neighbors`; the"
                   " array may hold fewer", low=0),
            Column("x", "float32", "coordinate of t-SNE's map of the representations (logits"
                   " where the teacher has none)"),
            Column("y", "float32", "coordinate of the same map"),
            Column("class", "int32", "class that the teacher gives it", low=0),
            Column("flipped", "bool", "whether that is another class than the image's"),
        ),
    ),
)  # fmt: skip

SALIENCY_ARRAYS = (
    Array(
        "saliency_arena", "gallery", "float32", "method row height width",
        "maps of the gallery's images (saliency_gallery) for their true class",
    ),
    Array(
        "saliency_arena", "maps", "float16", "method row height width",
        "maps of saliency_explained, each divided by its largest magnitude, so within -1..1; NaN"
        " where a method that takes long was not run",
    ),
    Array(
        "saliency_arena", "deletion", "float32", "method row step",
        "probability of the class in 1 % steps from no pixel to all; NaN where there is no map",
    ),
    Array(
        "saliency_arena", "insertion", "float32", "method row step",
        "the same while pixels are inserted into the blurred image",
    ),
    Array(
        "saliency_arena", "neighbors", "uint8", "place neighbor height width channel",
        "pictures of re-label's first neighbours (relabel_explained, relabel_neighbor); channels"
        " last",
    ),
)  # fmt: skip
