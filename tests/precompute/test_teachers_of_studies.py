"""Every way in which a study may have its teacher, built as far as the predictions."""

import importlib
import sys

import numpy as np
import pandas as pd
import pytest
import streamlit as st
import torch
from safetensors.torch import save_file
from torch import nn

from core.store import Store
from core.teachers.convnet import ConvNet
from core.teachers.preprocessing import Preprocessing
from pages.parts.live import LiveError, running
from precompute.build import build
from precompute.given import content
from precompute.pipeline import STAGES
from precompute.progress import Progress
from precompute.settings import StudyError, load_study

DIGITS = '[data]\nsource = "digits"\nlimit = 120\n'
TRAINED = '[teacher]\narchitecture = "convnet"\narguments = { width = 4 }\n'
WANTED = ("dataset", "teacher", "active_learning", "predictions")


@pytest.fixture
def developed(tmp_path):
    """Build a study given as TOML and open its store."""

    def of(text: str, name: str = "own", **keywords) -> Store:
        path = tmp_path / f"{name}.toml"
        path.write_text(text)
        stages = [stage for stage in STAGES if stage.name in WANTED]
        build(
            load_study(str(path)),
            tmp_path / "store",
            data_root=tmp_path,
            stages=stages,
            quiet=True,
            **keywords,
        )
        return Store(name, tmp_path / "store")

    return of


def network() -> nn.Module:
    """A user's factory."""
    torch.manual_seed(3)
    return ConvNet(1, 10, width=4)


def network_of(path: str) -> nn.Module:
    """A user's factory that reads its weights itself."""
    module = network()
    module.load_state_dict(torch.load(path, weights_only=True))
    return module


FACTORY = f'[teacher]\nfactory = "{__name__}:network"\n'


def test_the_bar_tells_the_accuracy_of_each_checkpoint(developed, monkeypatch):
    said = []
    shown = Progress.advance
    monkeypatch.setattr(
        Progress,
        "advance",
        lambda self, units=1, note="": (said.append(note), shown(self, units, note)),
    )
    store = developed(DIGITS + TRAINED + "epochs = 2\n")
    told = [note for note in said if note.endswith("% of the training images right")]
    assert len(told) == len(store.epochs("teacher")) == 2
    last = store.table("training")["train_accuracy"].iloc[-1]
    assert told[-1].startswith(f"{last:.1%} ")


def test_parts_of_epochs_end_where_whole_ones_do(developed):
    study = DIGITS + TRAINED + "epochs = 2\nbatch_size = 16\n"
    whole = developed(study, "whole")
    parts = developed(study + "checkpoints_per_epoch = 3", "parts")
    assert parts.epochs("teacher") == [0.333333, 0.666667, 1, 1.333333, 1.666667, 2]
    for name, array in whole.weights("teacher", "weights").items():
        assert np.array_equal(array, parts.weights("teacher", "weights")[name])
    assert whole.table("training")["step"].iloc[-1] == parts.table("training")["step"].iloc[-1]


def test_a_teacher_trained_on_attacked_images_says_what_it_withstands(developed):
    attack = "epochs = 2\nattack = { epsilon = 0.05, step = 0.02, iterations = 3 }"
    store = developed(DIGITS + TRAINED + attack)
    figures = store.table("figure").query("metric == 'adversarial_accuracy'")
    assert list(figures["epoch"]) == [1, 2]
    clean = store.table("figure").query("metric == 'accuracy' and split == 'test'")
    assert (figures["value"].to_numpy() <= clean["value"].to_numpy()).all()
    assert (figures["n"] == clean["n"].to_numpy()).all()


def test_rounds_let_images_in_and_all_strategies_start_alike(developed):
    active = "epochs = 3\nbatch_size = 16\nactive = { first = 20, add = 10, passes = 2 }"
    store = developed(DIGITS + TRAINED + active)
    labelled = store.table("labelled")
    counts = labelled.groupby(["strategy", "round"]).size().unstack()
    assert counts.to_numpy().tolist() == [[20, 10, 10]] * 4
    first = labelled.query("round == 1").groupby("strategy")["split_id"].agg(frozenset)
    assert len(set(first)) == 1
    second = labelled.query("round == 2").groupby("strategy")["split_id"].agg(frozenset)
    assert len(set(second)) > 1
    figures = store.table("figure").query("view == 'active_learning'")
    assert figures.query("epoch == 1")["value"].nunique() == 1
    # the study's own teacher goes the way of its strategy
    own = store.table("figure").query("view == 'teacher' and metric == 'accuracy'")
    own = own.query("split == 'test'").sort_values("epoch")["value"].to_list()
    compared = figures.query("method == 'entropy'").sort_values("epoch")["value"].to_list()
    assert own == compared


def test_too_few_images_for_all_rounds_are_refused_before_any_training(developed):
    active = "epochs = 6\nactive = { first = 20, add = 20, passes = 2 }"
    line = r"6 rounds that begin with 20 images and add 20 each need more than \d+ .* to 5 rounds"
    with pytest.raises(ValueError, match=line):
        developed(DIGITS + TRAINED + active)
    active = "epochs = 5\nbatch_size = 16\nactive = { first = 20, add = 20, passes = 1 }"
    labelled = developed(DIGITS + TRAINED + active).table("labelled")
    assert labelled["round"].max() == 5


def test_checkpoints_of_others_are_found_by_their_names(developed, tmp_path):
    for epoch in (1, 2, 10):
        torch.manual_seed(epoch)
        save_file(ConvNet(1, 10, width=4).state_dict(), tmp_path / f"net_{epoch}.safetensors")
    text = DIGITS + FACTORY + 'checkpoints = "net_*.safetensors"\n'
    store = developed(text)
    assert store.epochs("predictions") == [1, 2, 10]
    present = store.table("capability").query("capability == 'checkpoints'")["present"]
    assert present.all()
    before = [store.manifest("teacher", epoch).key for epoch in (1, 2, 10)]
    torch.manual_seed(7)
    save_file(ConvNet(1, 10, width=4).state_dict(), tmp_path / "net_10.safetensors")
    after = [developed(text).manifest("teacher", epoch).key for epoch in (1, 2, 10)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, True, False]


def test_a_pattern_that_matches_nothing_is_refused(developed):
    with pytest.raises(StudyError, match=r"teacher\.checkpoints 'net_\*' matches no file in"):
        developed(DIGITS + FACTORY + 'checkpoints = "net_*"\n')


# reading an archive makes torch 2.13 hand a read-only buffer to torch.frombuffer
@pytest.mark.filterwarnings("ignore:The given buffer is not writable")
def test_an_exported_program_is_a_teacher_once_it_is_trusted(developed, tmp_path, monkeypatch):
    module, batch = network().eval(), torch.export.Dim("batch")
    program = torch.export.export(module, (torch.rand(2, 1, 8, 8),), dynamic_shapes=({0: batch},))
    torch.export.save(program, tmp_path / "net.pt2")
    study = DIGITS + '[teacher]\nfactory = "export:net.pt2"\n'
    with pytest.raises(ValueError, match="--trust-pickle"):
        developed(study)
    store = developed(study, trust_pickle=True)
    with torch.no_grad():
        images = np.array(store.array("dataset", "images"))
        expected = module(Preprocessing()(images)).numpy()
    np.testing.assert_allclose(store.array("predictions", "logits"), expected, rtol=1e-4, atol=1e-5)
    monkeypatch.setenv("DARKROOM_DATA", str(tmp_path))
    with running(store) as teacher:  # as the dashboard judges a new image
        logits = teacher.predict(images[:3]).logits
    np.testing.assert_allclose(logits, expected[:3], rtol=1e-4, atol=1e-5)
    (tmp_path / "net.pt2").write_bytes(b"another program, which nobody trusted")
    st.cache_resource.clear()
    with (
        pytest.raises(LiveError, match="not the one that this store was built with"),
        running(store),
    ):
        pass


def test_a_file_that_an_argument_names_is_content_too(developed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = DIGITS + FACTORY.replace("network", "network_of") + 'arguments = { path = "net.pt" }\n'
    keys = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        torch.save(ConvNet(1, 10, width=4).state_dict(), tmp_path / "net.pt")
        keys.append(developed(text).manifest("teacher").key)
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize("ending", [".data", "_data"])
def test_weights_that_lie_beside_an_onnx_network_are_content_too(tmp_path, ending):
    study = tmp_path / "own.toml"
    study.write_text(DIGITS + '[teacher]\nfactory = "onnx:net.onnx"\n')
    (tmp_path / "net.onnx").write_bytes(b"graph")
    (tmp_path / "other.onnx.data").write_bytes(b"of another network")
    found = []
    for weights in (None, b"one", b"one", b"two"):
        if weights is not None:
            (tmp_path / f"net.onnx{ending}").write_bytes(weights)
        found.append(content(load_study(str(study)), tmp_path).at(0.0))
    assert len(set(found)) == 3
    assert found[1] == found[2]


STAND_IN = """
from torch import nn

WIDTHS = {"small": 3, "large": 5}


def create_model(model_name, pretrained=False, pretrained_cfg=None, checkpoint_path="", **kwargs):
    if pretrained:
        raise RuntimeError("there is no network to fetch weights from")
    return Network(WIDTHS[model_name], **kwargs)


class Network(nn.Module):
    def __init__(self, width, num_classes=1000, in_chans=3):
        super().__init__()
        self.conv_stem = nn.Conv2d(in_chans, width, 3)
        self.act = nn.ReLU()
        self.global_pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.fc = nn.Linear(width, num_classes)

    def forward(self, images):
        return self.fc(self.global_pool(self.act(self.conv_stem(images))))
"""


def test_a_model_of_timms_needs_nothing_but_settings(developed, tmp_path, monkeypatch):
    (tmp_path / "library" / "timm").mkdir(parents=True)
    (tmp_path / "library" / "timm" / "__init__.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path / "library")
    monkeypatch.setitem(sys.modules, "timm", sys)  # so that the test leaves it as it was
    del sys.modules["timm"]
    library = importlib.import_module("timm")
    torch.manual_seed(5)
    network = library.create_model("large", num_classes=10, in_chans=1).eval()
    save_file(network.state_dict(), tmp_path / "net.safetensors")
    store = developed(
        f'{DIGITS}[teacher]\nfactory = "timm:create_model"\nweights = "net.safetensors"\n'
        'arguments = { model_name = "large", num_classes = 10, in_chans = 1 }\n'
    )
    images = np.array(store.array("dataset", "images"))
    with torch.no_grad():
        expected = network(Preprocessing()(images)).numpy()
    np.testing.assert_allclose(store.array("predictions", "logits"), expected, rtol=1e-4, atol=1e-5)
    assert store.array("predictions", "representation").shape == (120, 5)
    assert store.table("capability").query("capability != 'checkpoints'")["present"].all()


def test_a_pickle_is_read_only_where_it_is_trusted(developed, tmp_path):
    torch.save(network(), tmp_path / "net.pt")
    text = DIGITS + FACTORY + 'weights = "net.pt"\n'
    with pytest.raises(ValueError, match="run with --trust-pickle"):
        developed(text)
    store = developed(text, trust_pickle=True)
    assert np.isfinite(store.array("predictions", "logits")).all()


def predictions_file(path, rows, *, classes=10, **more):
    generator = np.random.default_rng(0)
    scores = generator.random((len(rows), classes)) + 0.1
    columns = {
        "id": rows["split_id"].to_numpy(),
        "split": rows["split"].to_list(),
        "label": rows["label"].to_numpy(),
        "probabilities": list(scores / scores.sum(axis=1, keepdims=True)),
        **more,
    }
    pd.DataFrame(columns).to_parquet(path)
    return columns


def test_predictions_alone_make_a_study_of_given_images(developed, tmp_path):
    rows = developed(DIGITS + FACTORY, "model").table("samples")
    embedding = list(np.random.default_rng(1).random((len(rows), 5)))
    shuffled = np.random.default_rng(2).permutation(len(rows))
    given = predictions_file(tmp_path / "own.parquet", rows, embedding=embedding)
    pd.DataFrame(given).iloc[shuffled].to_parquet(tmp_path / "own.parquet")
    store = developed(DIGITS + '[teacher]\npredictions = "own.parquet"\n')
    found = store.array("predictions", "probabilities")
    assert np.allclose(found, np.stack(given["probabilities"]), atol=1e-6)
    assert np.allclose(store.array("predictions", "representation"), np.stack(embedding))
    can = store.table("capability").query("present")["capability"].to_list()
    assert can == ["probabilities", "representation"]


def test_predictions_of_other_images_are_refused(developed, tmp_path):
    rows = developed(DIGITS + FACTORY, "model").table("samples")
    predictions_file(tmp_path / "own.parquet", rows.assign(label=(rows["label"] + 1) % 10))
    with pytest.raises(ValueError, match=r"differ in 120 of 120 labels, first for id \d+ of train"):
        developed(DIGITS + '[teacher]\npredictions = "own.parquet"\n')


def test_predictions_need_no_images_at_all(developed, tmp_path):
    rows = pd.DataFrame({"split_id": np.arange(40), "split": "test", "label": np.arange(40) % 3})
    predictions_file(tmp_path / "own.parquet", rows, classes=3)
    store = developed(
        '[data]\nsource = "predictions"\npath = "own.parquet"\n'
        '[teacher]\npredictions = "own.parquet"\n'
    )
    assert store.array("predictions", "logits").shape == (40, 3)
    notes = store.table("about").query("topic == 'note'")["text"]
    assert "no images are at hand" in notes.iloc[0]


def test_a_teacher_may_have_more_outputs_than_the_data_has_classes(developed):
    names = [f"other {number}" for number in range(5)]
    names = [*names[:3], *map(str, range(10)), *names[3:]]
    store = developed(
        f'{DIGITS}[teacher]\nfactory = "{__name__}:wide"\nclass_names = {names!r}\n'.replace(
            "'", '"'
        )
    )
    classes = store.table("classes")
    assert classes["name"].to_list() == names
    assert np.flatnonzero(classes["present"]).tolist() == list(range(3, 13))
    assert set(store.table("samples")["label"]) == set(range(3, 13))
    assert store.array("predictions", "probabilities").shape == (120, 15)


def wide() -> nn.Module:
    """A user's factory with outputs that the data does not show."""
    torch.manual_seed(4)
    return ConvNet(1, 15, width=4)


def test_a_class_without_an_output_is_named(developed):
    with pytest.raises(StudyError, match=r"teacher\.class_names must hold every class .* no '3'"):
        developed(
            DIGITS
            + f'[teacher]\nfactory = "{__name__}:wide"\n'
            + 'class_names = ["0", "1", "2", "4", "5", "6", "7", "8", "9"]\n'
        )


def test_flipped_labels_remember_what_they_were(developed):
    store = developed(DIGITS + "label_noise = 0.2\n" + FACTORY)
    samples = store.table("samples")
    flipped = samples.query("label != original_label")
    assert set(flipped["split"]) == {"train"}
    assert len(flipped) == round(0.2 * (samples["split"] == "train").sum())


def test_rare_classes_are_named(tmp_path, developed):
    labels = np.repeat([0, 1, 2], [60, 50, 3])
    np.savez(tmp_path / "own.npz", images=np.zeros((113, 8, 8), np.uint8) + 9, labels=labels)
    store = developed(
        f'[data]\nsource = "npz"\npath = "own.npz"\n{FACTORY}'.replace("network", "three")
    )
    notes = store.table("about").query("topic == 'note'")["text"].to_list()
    assert notes == ["rare classes, whose figures are uncertain: 2 (3)"]


def three() -> nn.Module:
    """A user's factory with three outputs."""
    torch.manual_seed(5)
    return ConvNet(1, 3, width=4)


def test_shown_samples_hold_their_share_of_flipped_labels(developed):
    data = '[data]\nsource = "digits"\nlabel_noise = 0.2\nshown = { train = 400, test = 50 }\n'
    train = developed(data + FACTORY).table("samples").query("split == 'train'")
    share = (train["label"] != train["original_label"]).mean()
    assert 0.14 < share < 0.26  # three standard deviations of a draw of 400
