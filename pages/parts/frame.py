"""What every lens's page does before it draws: which study it is of, and what is missing."""

from collections.abc import Callable

from core.store import Store, StoreError
from pages.parts.density import close_together
from pages.parts.earlier import opened
from pages.parts.empty import broken, missing_stage, no_study
from pages.parts.imageless import without_images
from pages.parts.reads import chosen_study, holds_images


def framed(draw: Callable[[Store], None], *, images: bool = True) -> None:
    """Draw a page, or one line on what is missing or damaged and the command that mends it.

    Parameters
    ----------
    draw
        Draws the page of a study whose data set is there.
    images
        Whether the page needs images; a study that was imported may hold none, and says so.
    """
    close_together()
    study = chosen_study()
    if study is None:
        no_study()
        return
    try:
        store = opened(study)
        if not store.has("dataset"):
            missing_stage(study, "dataset", "Images, classes and everything else come from")
        elif images and not holds_images(store):
            without_images(store)
        else:
            draw(store)
    except StoreError as error:
        broken(error)
