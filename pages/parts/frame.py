"""What every lens's page does before it draws: which study it is of, and what is missing."""

from collections.abc import Callable

from core.store import Store, StoreError
from pages.parts.density import close_together
from pages.parts.empty import broken, missing_stage, no_study
from pages.parts.reads import chosen_study, open_store


def framed(draw: Callable[[Store], None]) -> None:
    """Draw a page, or one line on what is missing or damaged and the command that mends it.

    Parameters
    ----------
    draw
        Draws the page of a study whose data set is there.
    """
    close_together()
    study = chosen_study()
    if study is None:
        no_study()
        return
    try:
        store = open_store(study)
        if store.has("dataset"):
            draw(store)
        else:
            missing_stage(study, "dataset", "Images, classes and everything else come from")
    except StoreError as error:
        broken(error)
