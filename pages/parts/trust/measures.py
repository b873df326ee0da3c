"""Which figures say how far a lens can be trusted, how each is read, and what no figure tells.

The names are those of the table `figure`; what each one means is written there and in the glossary
of figures.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A figure: `metric` of `view` in the store, a title, and a sentence on how to read it.

    `ours` are the names of the lens's own methods, the first of which is the one that the lens
    shows; without them nobody is ours and the methods are only compared.
    """

    view: str
    metric: str
    title: str
    reading: str
    ours: tuple[str, ...]


@dataclass(frozen=True)
class Lens:
    """A lens's measures, and what they and the lens cannot tell."""

    title: str
    page: str
    measures: tuple[Measure, ...]
    limits: str


def _of(view: str, *ours: str):
    """Return a maker of measures of a view whose own methods are `ours`."""

    def measure(metric: str, title: str, reading: str, own: tuple[str, ...] = ours) -> Measure:
        return Measure(view, metric, title, reading, own)

    return measure


_teacher = _of("teacher", "teacher")
_maps = _of("projections")
_darksight = _of("darksight", "darksight", "darksight_student")
_dvi = _of("dvi", "dvi", "dvi_paper", "dvi_t")
_summit = _of("summit", "summit")
_deepvid = _of("deepvid", "deepvid", "deepvid_paper", "deepvid_line", "deepvid_band", "deepvid_knn")
_saliency = _of("saliency", "relabel")
_confidence = ("darksight_kde", "darksight_gmm")

LENSES = (
    Lens(
        "The teacher",
        "",
        (
            _teacher(
                "accuracy", "accuracy", "Share of images whose label has the largest probability."
            ),
            _teacher(
                "balanced_accuracy",
                "balanced accuracy",
                "Mean over classes of the share of each that is read right.",
            ),
            _teacher(
                "expected_calibration_error",
                "calibration error",
                "Mean distance of the largest probability from the share that is right at it; at "
                "0.05 a probability of 0.90 means 0.85 or 0.95.",
            ),
        ),
        "No lens makes the teacher better. Where it errs, its lenses show how it errs.",
    ),
    Lens(
        "Overview: the maps",
        "",
        (
            _maps(
                "trustworthiness_k15",
                "trustworthiness",
                "1 where the 15 nearest on the map are near for the teacher too; strangers that "
                "the map moves among them take away from it.",
            ),
            _maps(
                "neighbor_preservation_k15",
                "neighbours kept",
                "Share of each image's 15 nearest by representation that are among its 15 nearest "
                "on the map.",
            ),
        ),
        "Distances between clusters, their sizes and the empty space between them carry no meaning "
        "in t-SNE and UMAP, and no figure here says otherwise.",
    ),
    Lens(
        "DarkSight",
        "darksight",
        (
            _darksight(
                "symmetric_kl",
                "symmetric KL to the student",
                "How much of the teacher's probabilities the two dimensions lose, mean over images "
                "in nats; 0 loses nothing.",
            ),
            _darksight(
                "top_class_agreement",
                "same top class",
                "Share of images for which the student at the image's place names the class that "
                "the teacher names.",
            ),
            _darksight(
                "local_fidelity_k15",
                "local fidelity",
                "Distance between an image's probabilities and those of its 15 nearest on the map, "
                "root of the Jensen-Shannon divergence; 0 means that places stand for "
                "probabilities.",
            ),
            _darksight(
                "cluster_preservation",
                "cluster preservation",
                "Rank correlation, class by class, of confidence with nearness to the class's "
                "centre; 1 means that the surest stand in the middle.",
            ),
            _darksight(
                "transition_order",
                "order on the way",
                "Rank correlation of an image's place between two classes with how the teacher "
                "weighs them; 1 means that the way from one to the other is in order.",
            ),
            _darksight(
                "accuracy_data_area",
                "confidence: accuracy-data area",
                "Mean accuracy over all shares of the surest images; 1 means that all errors come "
                "last.",
                _confidence,
            ),
            _darksight(
                "outlier_auroc",
                "confidence: errors found",
                "How often a misread image has less confidence than one that is read right; 0.5 is "
                "chance.",
                _confidence,
            ),
        ),
        "Images do not enter, only probabilities: two images that look different share a place "
        "where the teacher answers alike. Confidence in an empty place is an extrapolation.",
    ),
    Lens(
        "DeepVisualInsight",
        "dvi",
        (
            _dvi(
                "nn_pv_k15",
                "neighbours kept",
                "Share of each image's 15 nearest by representation that are among its 15 nearest "
                "on the map (equation 1).",
            ),
            _dvi(
                "boundary_pv_k15",
                "boundary kept",
                "The same for each image's 15 nearest points of the decision boundary "
                "(equation 2).",
            ),
            _dvi(
                "ppr",
                "predictions kept",
                "Share of images whose prediction survives the way to the map and back; below 1 "
                "the ground behind the points misstates some of them.",
            ),
            _dvi(
                "temporal_pv_k15",
                "continuity",
                "Correlation, for each image, of neighbours kept from one checkpoint to the next "
                "with the length of its step on screen (equation 4); the lower the better: points "
                "rest while nothing happens.",
            ),
            _dvi(
                "motion_honesty",
                "motion honesty",
                "Rank correlation of steps on screen with steps of the representation; 1 means "
                "that a longer step is a larger change.",
            ),
        ),
        "The ground far from all points is extrapolated from the nearest ones. A boundary on the "
        "map is the last layer seen through the picture, not a cut through the space of images.",
    ),
    Lens(
        "Summit",
        "summit",
        (
            _summit(
                "masking_drop",
                "fall when masked",
                "How far the class's probability falls when the channels of its graph are set to "
                "zero, beside as many chosen otherwise; the larger, the more the class depends on "
                "them.",
            ),
            _summit(
                "masking_drop_others",
                "fall of other classes",
                "The same for images of other classes; the smaller, the more the channels are the "
                "class's own.",
            ),
        ),
        "A channel need not mean one thing. That a class's images excite a channel does not say "
        "that the answer depends on it; masking measures the whole graph, no single vertex.",
    ),
    Lens(
        "DeepVID",
        "deepvid",
        (
            _deepvid(
                "top_class_agreement",
                "same top class",
                "Share of images for which the student names the class that the teacher names.",
            ),
            _deepvid(
                "total_variation",
                "total variation",
                "Half the sum of all differences between the probabilities of student and teacher "
                "on the image; 0 is the same answer.",
            ),
            _deepvid(
                "held_out_agreement",
                "same class nearby",
                "The same share on neighbours that the student never saw.",
            ),
            _deepvid(
                "removal_area_200",
                "area while pixels turn black",
                "Mean probability of the true class while the pixels that a method calls most "
                "important turn black, over the first quarter of them; the sooner it falls, the "
                "lower.",
            ),
        ),
        "A student speaks for one image's neighbourhood, as the generator can draw it. That black "
        "pixels change an answer may be their strangeness, not their meaning.",
    ),
    Lens(
        "Saliency",
        "saliency",
        (
            _saliency(
                "deletion_area",
                "deletion area",
                "Mean probability of the first class while pixels are deleted, most important "
                "first; the lower, the better the map found them.",
            ),
            _saliency(
                "insertion_area",
                "insertion area",
                "Mean probability of the first class while pixels are put into the blurred image, "
                "most important first; the higher the better.",
            ),
            _saliency(
                "removal_area_200",
                "area while pixels turn black",
                "The same as DeepVID's: probability of the true class over the first quarter of "
                "the pixels.",
            ),
            _saliency(
                "randomization_correlation",
                "likeness to a random teacher's map",
                "Absolute rank correlation with the map for a teacher whose weights are drawn "
                "anew; a map that reads the teacher is near 0.",
            ),
            _saliency(
                "max_sensitivity",
                "sensitivity",
                "Largest relative change of the map when the image changes within 2 % of its "
                "range; the lower, the steadier.",
            ),
        ),
        "A map says where, not what. Methods are judged by what the teacher does with images that "
        "it never saw in training, half deleted or half blurred.",
    ),
)
