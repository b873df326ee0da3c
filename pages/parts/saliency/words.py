"""What the saliency methods, their games and their figures are called."""

import numpy as np

METHOD_WORDS = {
    "relabel": "Re-label, hybrid",
    "relabel_paper": "Re-label, the paper's",
    "relabel_x_input": "Re-label × input",
    "relabel_cross_entropy": "Re-label, cross-entropy",
    "relabel_coarse_to_fine": "Re-label, coarse to fine",
    "relabel_smooth": "Re-label, smoothed",
    "relabel_mixed": "Re-label, latent and masked",
    "deepvid": "DeepVID, hybrid",
    "deepvid_paper": "DeepVID, the paper's",
    "deepvid_line": "DeepVID, line",
    "deepvid_band": "DeepVID, band",
    "deepvid_knn": "DeepVID, k-NN",
    "pixels_knn": "k-NN of pixels",
    "pixels_lime": "LIME's patches",
    "gradient": "Gradient",
    "sensitivity": "Sensitivity",
    "gradient_x_input": "Gradient × input",
    "gradient_x_input_log_odds": "Gradient × input, log-odds",
    "integrated_gradients": "Integrated gradients",
    "integrated_gradients_log_odds": "Integrated gradients, log-odds",
    "smooth_grad": "SmoothGrad",
    "guided_backprop": "Guided backprop",
    "relevance_propagation": "LRP",
    "excitation_backprop": "Excitation backprop",
    "grad_cam": "Grad-CAM",
    "grad_cam_plus_plus": "Grad-CAM++",
    "linear_approximation": "Linear approximation",
    "score_cam": "Score-CAM",
    "extremal_perturbation": "Extremal perturbation",
    "fgvis": "FGVis",
    "occlusion": "Occlusion",
    "lime": "LIME",
    "rise": "RISE",
    "random": "Random",
    "random_stroke": "Random on the stroke",
    "edges": "Edge detector",
    "center_blob": "Blob in the middle",
}
OURS = "relabel"
OF_NEIGHBOURS = (
    "relabel_paper", "relabel_x_input", "relabel_cross_entropy", "relabel_smooth",
    "relabel_coarse_to_fine",
)  # fmt: skip
"""Students of synthetic images alone: without a boundary among them there is nothing to draw."""
CONTROLS = ("random", "random_stroke", "edges", "center_blob")
"""What every method must beat; none of them has seen the teacher."""

HIGHER = ("insertion",)
"""Metrics of which more is better; of the others less is."""
METRIC_WORDS = {
    "deletion": "deletion",
    "insertion": "insertion",
    "removal": "removal",
    "sanity": "sanity",
    "sensitivity": "sensitivity",
}
METRIC_HELP = {
    "deletion": "Area below the curve of the class's probability while pixels are deleted, the "
    "most important first; lower is better",
    "insertion": "Area below the curve while pixels are inserted into the blurred image; higher is "
    "better",
    "removal": "DeepVID's: mean probability of the true class over the first 25.5 % of the pixels "
    "turned black; lower is better",
    "sanity": "Absolute rank correlation with the map of the same teacher with weights drawn anew; "
    "lower is better: a map that does not change explains the image and not the teacher",
    "sensitivity": "Largest relative change of the map where the image changes by 2 % at most; "
    "lower is better",
}
FIGURE_OF = {
    "deletion": "deletion_area",
    "insertion": "insertion_area",
    "removal": "removal_area_200",
    "sanity": "randomization_correlation",
    "sensitivity": "max_sensitivity",
}
"""The store's name of each metric in its table of figures."""


def method_words(method: str) -> str:
    """Return a method's name in words."""
    return METHOD_WORDS.get(method, method.replace("_", " "))


def flat_words(method: str) -> str:
    """Return why a map has one value everywhere."""
    if method in OF_NEIGHBOURS:
        return (
            "no map: the reconstruction has another class already, or no synthetic image gets one"
        )
    return "flat: it says nothing of this image"


def in_order(methods: list[str]) -> list[str]:
    """Return methods in the order of the words, those without words last."""
    known = {name: place for place, name in enumerate(METHOD_WORDS)}
    return sorted(methods, key=lambda name: (known.get(name, len(known)), name))


def seconds_words(seconds: float | None) -> str:
    """Return seconds as a reader would say them: 4 ms, 0.31 s, 12 s; empty where not known."""
    if seconds is None or np.isnan(seconds):
        return ""
    if seconds < 0.0095:
        return f"{1000 * seconds:.1f} ms"
    if seconds < 0.095:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 9.95 else f"{seconds:.0f} s"


def cost_words(evaluations: float | None, seconds: float | None) -> str:
    """Return what one image's map costs: passes of the teacher, and time."""
    passes = "" if evaluations is None or np.isnan(evaluations) else f"{evaluations:,.0f} passes"
    return " · ".join(part for part in (passes, seconds_words(seconds)) if part)


def with_interval(value: float, low: float, high: float, n: int) -> str:
    """Return a figure with its 95 % interval, if it is known, and n."""
    if np.isnan(low) or np.isnan(high):
        return f"{value:.3f}  n {n:,}"
    return f"{value:.3f}  {low:.3f}–{high:.3f}  n {n:,}"
