"""A study's settings: the TOML file, checked once at the door.

A *study* is one teacher, its data and its settings. Everything that can change a result stands
here and enters the keys of the artifacts that depend on it.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

BUILT_IN = Path(__file__).parent / "studies"

Positive = Annotated[int, Meta(ge=1)]
PositiveFloat = Annotated[float, Meta(gt=0, lt=1e9)]
NotNegative = Annotated[float, Meta(ge=0, lt=1e9)]
Strategy = Literal["random", "core_set", "learning_loss", "entropy"]
IMPORTED = "published by others"  # the data source of a study that `import-summit` wrote
STUDY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class StudyError(ValueError):
    """A study that cannot be used; the message is one line that says how to mend it."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A section of the TOML file; unknown keys are refused."""


class Shown(_Section, frozen=True, kw_only=True):
    """How many samples of each split the store holds; ``None`` is all of them."""

    train: Positive | None = None
    test: Positive | None = None


class Data(_Section, frozen=True, kw_only=True):
    """Where the images come from and how many are used.

    The fields after ``shown`` are those of ``core.datasets.SourceOptions``; which of them a
    source takes is checked when it is read.
    """

    source: str
    limit: Annotated[int, Meta(ge=1)] | None = None
    shown: Shown = Shown()
    path: str | None = None
    images: str | None = None
    labels: str | None = None
    test_images: str | None = None
    test_labels: str | None = None
    function: str | None = None
    arguments: dict[str, Any] = {}
    class_names: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    channels: Literal[1, 3] | None = None
    test_share: Annotated[float, Meta(gt=0, le=1)] | None = None
    split_seed: int = 0
    skip_corrupt: bool = False
    label_noise: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    noise_seed: int = 0

    @property
    def options(self) -> dict[str, Any]:
        """The fields that say how the source is read."""
        fields = msgspec.structs.asdict(self)
        return {name: fields[name] for name in fields if name not in ("source", "limit", "shown")}


class Preprocessing(_Section, frozen=True, kw_only=True):
    """What a given network expects beyond values in 0..1: ``core.teachers.preprocessing``."""

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    order: Literal["rgb", "bgr"] = "rgb"
    repeat: Positive = 1


class Attack(_Section, frozen=True, kw_only=True):
    """Images are attacked before each step of training: ``core.teachers.pgd.Attack``."""

    epsilon: Annotated[float, Meta(ge=0, le=1)] = 0.1
    step: Annotated[float, Meta(ge=0, le=1)] = 0.025
    iterations: Positive = 7
    random_start: bool = True


class Active(_Section, frozen=True, kw_only=True):
    """Training in rounds, each after more images were labelled; an *epoch* is then a round.

    Round 1 trains on ``first`` random images, each later one on ``add`` more; every round trains
    ``passes`` times over the images that have entered. The teacher follows ``strategy``; the stage
    ``active_learning`` runs every one of ``compared`` from the same first model.
    """

    first: Positive
    add: Positive
    passes: Positive = 10
    strategy: Strategy = "entropy"
    compared: tuple[Strategy, ...] = ("random", "core_set", "learning_loss", "entropy")


class Teacher(_Section, frozen=True, kw_only=True):
    """The classifier under study: one of ours or a user's own, trained here or given.

    With ``epochs`` above zero an ``architecture`` is trained; the fields after it are those of
    ``core.teachers.training.Training``, and ``checkpoints_per_epoch`` of its states are kept. With
    ``epochs = 0`` the teacher is given: by ``weights`` for an architecture, by a ``factory`` as in
    ``core.teachers.own``, or by a file of its ``predictions``. ``checkpoints`` is a glob for its
    weights over time, whose names tell the epoch by the expression ``epoch_pattern``.
    ``class_names`` name its outputs where it has more than the data has classes; "imagenet" is a
    list of 1,000.
    """

    architecture: str | None = None
    factory: str | None = None
    predictions: str | None = None
    arguments: dict[str, Any] = {}
    weights: str | None = None
    checkpoints: str | None = None
    epoch_pattern: str | None = None
    outputs: Literal["logits", "probabilities"] = "logits"
    class_names: tuple[str, ...] | Literal["imagenet"] = ()
    preprocessing: Preprocessing | None = None
    epochs: Annotated[int, Meta(ge=0)] = 0
    checkpoints_per_epoch: Annotated[int, Meta(ge=1, le=100)] = 1
    batch_size: Positive = 64
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: PositiveFloat = 0.004
    momentum: NotNegative = 0.9
    weight_decay: NotNegative = 0.01
    schedule: Literal["cosine", "step", "constant"] = "cosine"
    warmup: NotNegative = 1.0
    shift: NotNegative = 0.0
    rotation: NotNegative = 0.0
    crop: Annotated[int, Meta(ge=0)] = 0
    flip: bool = False
    balanced: bool = False
    memory_format: Literal["contiguous", "channels_last"] = "contiguous"
    precision: Literal["float32", "bfloat16"] = "float32"
    attack: Attack | None = None
    active: Active | None = None

    @property
    def name(self) -> str:
        """What it is called where one word must do."""
        return self.architecture or self.factory or str(self.predictions)

    def __post_init__(self) -> None:
        for wrong, said in self._refusals():
            if wrong:
                raise ValueError(said)

    def _refusals(self) -> Iterator[tuple[bool, str]]:
        kinds = [self.architecture, self.factory, self.predictions]
        given = [self.weights, self.checkpoints]
        yield (
            len(kinds) - kinds.count(None) != 1,
            "give either architecture, factory or predictions",
        )
        yield (
            bool(self.epochs and not self.architecture),
            "a given model is not trained: leave out epochs",
        )
        yield (
            bool(self.architecture and not self.epochs and given == [None, None]),
            "an architecture needs epochs (to be trained) or weights or checkpoints (given)",
        )
        yield (
            bool(self.epochs and given != [None, None]),
            "give epochs (to be trained) or weights or checkpoints (given), not both",
        )
        yield None not in given, "give either weights or checkpoints"
        yield (
            bool(self.predictions and given != [None, None]),
            "a file of predictions needs no weights: leave them out",
        )
        yield (
            bool(self.epoch_pattern and not self.checkpoints),
            "epoch_pattern tells how to read the names of checkpoints: give checkpoints too",
        )
        yield bool(self.epochs and self.class_names), "class_names are for a given teacher"
        yield (
            bool((self.attack or self.active) and not self.epochs),
            "attack and active are ways of training: they need epochs",
        )
        yield (
            bool(self.active and (self.attack or self.checkpoints_per_epoch > 1)),
            "training in rounds goes neither with attack nor with checkpoints_per_epoch",
        )


class Projections(_Section, frozen=True, kw_only=True):
    """The maps of all shown samples, at the last checkpoint."""

    methods: Annotated[tuple[Literal["tsne", "umap", "pca"], ...], Meta(min_length=1)] = (
        "tsne",
        "umap",
        "pca",
    )
    spaces: Annotated[
        tuple[Literal["representation", "logits", "probabilities"], ...], Meta(min_length=1)
    ] = ("representation", "logits", "probabilities")
    perplexity: PositiveFloat = 30.0
    neighbors: Annotated[int, Meta(ge=2)] = 15


class Darksight(_Section, frozen=True, kw_only=True):
    """DarkSight's picture of all shown samples, at the last checkpoint.

    ``degrees`` of freedom are a Student-t's; a Gaussian has none. ``temperature`` above 1 softens
    the teacher first. ``preset`` is a trade: ``balanced`` keeps classes round and every sample in
    its class's region, ``lowest_kl`` gives that up for a lower loss. ``arrangements`` are compared
    as starts of the fit.
    """

    distribution: Literal["student_t", "gaussian"] = "student_t"
    degrees: PositiveFloat = 2.0
    temperature: PositiveFloat = 1.0
    preset: Literal["balanced", "lowest_kl"] = "balanced"
    arrangements: Positive = 4


class Dvi(_Section, frozen=True, kw_only=True):
    """DeepVisualInsight's pictures of every checkpoint: ``core.dvi``.

    ``preset`` is ours (``lean``) or the paper's autoencoder; ``neighbors`` is k of the complex,
    ``temporal`` the weight of continuity between checkpoints, ``boundary_share`` the boundary
    points wanted for each training sample, ``grid`` the cells on a side of the landscape,
    ``baselines`` what the pictures are compared with.
    """

    preset: Literal["lean", "paper"] = "lean"
    neighbors: Annotated[int, Meta(ge=2)] = 15
    temporal: NotNegative = 0.3
    boundary_share: Annotated[float, Meta(ge=0, le=1)] = 0.1
    grid: Annotated[int, Meta(ge=8, le=1024)] = 160
    baselines: tuple[Literal["dvi_t", "pca", "tsne", "umap", "umap_t"], ...] = (
        "dvi_t",
        "pca",
        "tsne",
        "umap",
        "umap_t",
    )


class Summit(_Section, frozen=True, kw_only=True):
    """Summit at the last checkpoint: ``core.summit``.

    ``preset`` names one of ``core.summit.settings``; ``layers`` are the primary ones, by default
    the last of each block; ``images`` of each class are aggregated at most; ``exclude`` leaves
    flagged channels out of the graphs; ``neighbors`` is UMAP's. ``pictures`` says with how much
    effort channels are drawn: ``draft`` (32 steps, one variant), ``quick`` (96 pixels and 256
    steps for photographs, the images' own size and 128 steps for small ones) or ``fine`` (128
    pixels, 512 steps); ``variants`` of each channel, by default four, or one where more than 1,000
    channels are drawn.
    """

    preset: Literal["darkroom", "paper", "published", "relevance"] = "darkroom"
    layers: tuple[str, ...] = ()
    images: Positive = 200
    exclude: tuple[Literal["hub", "non_semantic"], ...] = ()
    neighbors: Annotated[int, Meta(ge=2)] = 15
    pictures: Literal["off", "draft", "quick", "fine"] = "quick"
    variants: Annotated[int, Meta(ge=1, le=16)] | None = None


class Deepvid(_Section, frozen=True, kw_only=True):
    """DeepVID's generators and what is explained beforehand: ``core.generators``, ``core.deepvid``.

    ``generators`` are by default those that suit the images' size (``precompute.latent``);
    ``epochs`` and ``images`` say how a trained one is trained: by default 25 epochs or 2,000 steps,
    whichever is more, on all training images; a convolutional one 20 epochs on 20,000. ``beta``
    weighs the divergence from the prior; 1 is the variational bound, less keeps more of an image.
    ``explained`` samples at most are explained beforehand, ``evaluated`` test images compare the
    samplers, by default 1,000 or as many as cost the same with larger images and deeper teachers.
    """

    generators: tuple[Literal["vae", "dfc_vae", "frequency"], ...] = ()
    epochs: Positive | None = None
    images: Positive | None = None
    beta: NotNegative = 1.0
    explained: Positive = 200
    evaluated: Positive | None = None


class Saliency(_Section, frozen=True, kw_only=True):
    """The contest of saliency methods: on how many seeded test images each is judged.

    ``images`` for methods that take many passes, ``quick_images`` for the others (by default as
    many as ``images`` where that is given), ``sanity`` and ``sensitivity`` for those two checks;
    ``explained`` samples beside the gallery's have their maps made beforehand. What is not given is
    what ten minutes of one core allow (``precompute.saliency_plan``).
    """

    images: Positive | None = None
    quick_images: Positive | None = None
    sanity: Positive | None = None
    sensitivity: Positive | None = None
    explained: Positive | None = None


class Study(_Section, frozen=True, kw_only=True):
    """One teacher, its data and its settings.

    ``paper`` says that the settings are the paper's (``[paper_settings]`` of the TOML file).
    ``found_epochs`` is no setting: it is filled in with what the names of checkpoints tell.
    """

    name: str
    title: str
    paper: bool = False
    seed: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    threads: Annotated[int, Meta(ge=1, le=256)] = 2
    data: Data
    teacher: Teacher
    projections: Projections = Projections()
    darksight: Darksight = Darksight()
    dvi: Dvi = Dvi()
    summit: Summit = Summit()
    deepvid: Deepvid = Deepvid()
    saliency: Saliency = Saliency()
    found_epochs: tuple[float, ...] = ()

    @property
    def epochs(self) -> list[float]:
        """The epochs at which the teacher is kept, in the order of training; 0 for a given one."""
        if self.found_epochs:
            return list(self.found_epochs)
        if not self.teacher.epochs:
            return [0.0]
        parts = self.teacher.checkpoints_per_epoch
        return [round(part / parts, 6) for part in range(1, self.teacher.epochs * parts + 1)]


def built_in_studies() -> list[str]:
    """The names of the studies that come with Darkroom."""
    return sorted(path.stem for path in BUILT_IN.glob("*.toml"))


def load_study(study: str, overrides: Iterable[str] = (), store: str | Path | None = None) -> Study:
    """The checked settings of a study.

    Parameters
    ----------
    study
        A built-in name, or a path to a TOML file whose stem becomes the study's name.
    overrides
        ``key=value`` pairs with dotted keys (``data.limit=2000``); ``none`` removes a key, so
        that its default holds. ``paper=true`` puts in those of the file's ``paper_settings``.
    store
        Where a study that is no built-in one may lie as it was built; its settings then hold.

    Raises
    ------
    StudyError
        If the study is unknown, the file is broken, or a key or its type is not expected.
    """
    settings = _built(study, store) if store and _by_name(study) else None
    if settings is not None and dict(settings.get("data") or {}).get("source") == IMPORTED:
        raise StudyError(
            f"study {study} was imported, not built: python -m precompute import-summit DIR {study}"
            f" makes it anew; serve, report and clean work on it as on others"
        )
    if settings is None:
        settings = _read(study)
    name = settings.pop("name")
    overrides = list(overrides)
    of_paper = settings.pop("paper_settings", [])
    for override in overrides:
        _override(settings, override)
    if settings.get("paper") is True:
        for override in [*_paper(of_paper, name), *overrides]:
            _override(settings, override)
    if "name" in settings:
        raise StudyError(f"study {study}: the key name is not needed: the file's name counts")
    settings["name"] = name
    settings.pop("found_epochs", None)
    try:
        return msgspec.convert(settings, Study)
    except msgspec.ValidationError as error:
        raise StudyError(f"study {name}: {_explain(str(error), settings)}") from None


def paper_settings(study: str) -> list[str]:
    """The dotted names of the settings that ``paper=true`` changes; none if there is no paper."""
    return [key.partition("=")[0] for key in _read(study).get("paper_settings", [])]


def _paper(overrides: object, study: str) -> list[str]:
    """The paper's settings, written as ``--set`` takes them."""
    if not isinstance(overrides, list) or not overrides or not all(map(_is_text, overrides)):
        raise StudyError(
            f"study {study}: paper = true needs the list paper_settings, for instance "
            f'["teacher.epochs=20"], got {overrides!r}'
        )
    return overrides


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _by_name(study: str) -> bool:
    """Whether the word is a name, and no built-in one: then it may be one in the store."""
    return bool(STUDY_NAME.fullmatch(study)) and study not in built_in_studies()


def _built(study: str, store: str | Path) -> dict[str, Any] | None:
    """The settings of a study's published run, None where there is no readable one."""
    try:
        run = msgspec.json.decode((Path(store) / study / "run.json").read_bytes())
        settings = dict(run["settings"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return None
    if (Path(store) / study / "received.json").exists():
        # Its settings may name code, and whoever packed it may be anybody.
        raise StudyError(
            f"study {study} came in a pack, so nothing can be built from it: give the TOML file it"
            f" was built from; serve, report, pack and clean work on it as on others"
        )
    return settings


def _read(study: str) -> dict[str, Any]:
    path = _find(study)
    try:
        settings: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"study {study}: {path.name} is not valid TOML: {error}") from None
    except OSError as error:
        raise StudyError(f"study {study}: {path} cannot be read: {error.strerror}") from None
    settings.setdefault("title", path.stem)
    if "name" in settings:
        raise StudyError(f"study {study}: the key name is not needed: the file's name counts")
    settings["name"] = path.stem
    return settings


def _find(study: str) -> Path:
    if study.endswith(".toml") or "/" in study:
        path = Path(study)
        if not path.is_file():
            raise StudyError(f"study {study}: there is no such file; give a path to a TOML file")
        if not STUDY_NAME.fullmatch(path.stem):
            raise StudyError(
                f"study {study}: the file's name must be letters, digits, '-' and '_' "
                f"(at most 64), got {path.stem!r}"
            )
        return path
    if study not in built_in_studies():
        close = difflib.get_close_matches(study, built_in_studies(), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise StudyError(
            f"unknown study {study!r}: expected a path to a TOML file or one of "
            f"{', '.join(built_in_studies())}{hint}"
        )
    return BUILT_IN / f"{study}.toml"


def _override(settings: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    parts = key.strip().split(".")
    if not separator or not all(parts):
        raise StudyError(f"--set {override}: expected key=value, for instance data.limit=2000")
    section = settings
    for part in parts[:-1]:
        section = section.setdefault(part, {})
        if not isinstance(section, dict):
            raise StudyError(f"--set {override}: {part} is a value, not a section")
    if text.strip() == "none":
        section.pop(parts[-1], None)
        return
    try:
        section[parts[-1]] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        section[parts[-1]] = text.strip()


def _explain(message: str, settings: dict[str, Any]) -> str:
    """Msgspec's message with the key first and in the words of the TOML file."""
    what, _, where = message.partition(" - at ")
    key = where.strip("`").removeprefix("$").lstrip(".")
    if unknown := re.search(r"unknown field `(.+)`", what):
        name = unknown.group(1)
        known = _fields(key)
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        dotted = f"{key}.{name}" if key else name
        return f"unknown key {dotted}: expected one of {', '.join(known)}{hint}"
    if missing := re.search(r"missing required field `(.+)`", what):
        dotted = f"{key}.{missing.group(1)}" if key else missing.group(1)
        return f"{dotted} is missing"
    if not what.startswith(("Expected", "Invalid")):
        return f"{key}: {what}"  # a check of ours across several keys
    came: Any = settings
    for part in key.split("."):
        came = came.get(part.partition("[")[0]) if isinstance(came, dict) else came
    what = what[0].lower() + what[1:].replace("`", "")
    if what.startswith("invalid enum value"):
        what = f"expected one of {', '.join(_choices(key))}"
    return f"{key}: {what} (the value is {came!r})"


def _fields(key: str) -> list[str]:
    """The keys that a section may have."""
    hidden = ("name", "found_epochs")
    fields = [
        field.name for field in msgspec.structs.fields(_type(key)) if field.name not in hidden
    ]
    return fields if key else [*fields, "paper_settings"]


def _choices(key: str) -> list[str]:
    """The words that a key may have."""
    words = _type(re.sub(r"\[.*\]$", "", key))
    kinds = [words]
    while get_origin(kinds[0]) is not Literal:  # inside of a list, or beside other types
        kinds = [*kinds[1:], *get_args(kinds[0])]
    return sorted(map(str, get_args(kinds[0])))


def _type(key: str) -> Any:
    section: Any = Study
    for part in filter(None, key.split(".")):
        section = {field.name: field.type for field in msgspec.structs.fields(section)}[part]
        parts = [part for part in get_args(section) if isinstance(part, type)]
        section = next((part for part in parts if issubclass(part, _Section)), section)
    return section
