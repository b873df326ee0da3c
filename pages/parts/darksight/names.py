"""What the pictures and the confidences of the evaluation are called."""

from pages.parts.wording import method_words

_CONFIDENCES = {
    "entropy": "entropy",
    "max_probability": "largest probability",
    "probabilities_kde": "KDE on the probabilities",
    "probabilities_dirichlet": "Dirichlet mixture on the probabilities",
}
_DENSITIES = {"kde": "KDE", "gmm": "Gaussian mixture"}
_PICTURES = {"darksight_student": "DarkSight, by its student"}


def confidence_words(method: str) -> str:
    """Return what a confidence is called: "KDE on t-SNE of logits"."""
    if method in _CONFIDENCES:
        return _CONFIDENCES[method]
    picture, _, density = method.rpartition("_")
    if density in _DENSITIES and picture:
        return f"{_DENSITIES[density]} on {method_words(picture)}"
    return method


def picture_words(method: str) -> str:
    """Return what a picture is called: "t-SNE of logits"."""
    return _PICTURES.get(method) or method_words(method)
