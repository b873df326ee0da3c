"""``doctor`` finds the usual silent mistakes: each is one clear line and exit code 2."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from precompute.__main__ import main
from tests.precompute import own_models
from tests.precompute.own_models import SIGNED, network, pictures

DATA = '[data]\nsource = "function"\nfunction = "tests.precompute.own_models:pictures"\n'


@pytest.fixture
def examined(tmp_path, capsys):
    """Run the command on a study; returns its exit code, its BAD lines and all it printed."""

    def doctor(teacher: str, data: str = DATA, *options: str) -> tuple[int, list[str], str]:
        study = tmp_path / "own.toml"
        study.write_text(f"threads = 1\n{data}[teacher]\n{teacher}")
        code = main(["doctor", str(study), "--store", str(tmp_path / "store"), *options])
        out, error = capsys.readouterr()
        assert error == ""
        assert all(line[:5] in ("ok   ", "BAD  ") for line in out.splitlines()), out
        return code, [line for line in out.splitlines() if line.startswith("BAD")], out

    return doctor


def made_by(function: str, rest: str = SIGNED) -> str:
    return f'factory = "tests.precompute.own_models:{function}"\n{rest}'


def bad(result: tuple[int, list[str], str], *words: str) -> None:
    code, lines, out = result
    assert code == 2
    assert len(lines) == 1, out
    for word in words:
        assert word in lines[0]


def well(result: tuple[int, list[str], str], *words: str) -> None:
    code, lines, out = result
    assert code == 0, out
    assert lines == []
    for word in words:
        assert word in out


def test_a_good_model_is_well_in_every_respect(examined):
    well(
        examined(made_by("network")),
        "evaluation mode", "as declared", "no usual order or scale", "no other order", "accuracy",
    )  # fmt: skip


def test_a_module_that_comes_in_training_mode_is_put_into_evaluation_mode(examined):
    well(examined(made_by("training")), "outputs depend on that image only")


@pytest.mark.parametrize(
    ("function", "why"),
    [("restless", "something draws at random"), ("unreached", "still reads the batch")],
)
def test_a_model_that_is_not_in_evaluation_mode_is_found(examined, function, why):
    bad(examined(made_by(function)), "evaluation mode", why, "call module.eval()")


def test_probabilities_given_as_logits_are_found_and_the_advice_mends_it(examined):
    bad(examined(made_by("softmax")), "probabilities, not logits", "teacher.outputs = 'prob")
    well(examined(made_by("softmax", f'outputs = "probabilities"\n{SIGNED}')))


def test_logits_given_as_probabilities_are_found(examined):
    given = made_by("network", f'outputs = "probabilities"\n{SIGNED}')
    bad(examined(given), "rows are no probabilities", "say teacher.outputs = 'logits'")


def test_probabilities_that_do_not_sum_to_one_are_counted(examined):
    given = made_by("halves", f'outputs = "probabilities"\n{SIGNED}')
    bad(examined(given), "rows are no probabilities", "sums to 0", "normalise them")


def test_a_wrong_order_of_channels_is_found_and_the_advice_mends_it(examined):
    bad(examined(made_by("bgr")), "with order = 'bgr': correct [teacher.preprocessing]")
    well(examined(made_by("bgr", f'{SIGNED}order = "bgr"\n')))


def test_a_wrong_scale_is_found(examined):
    bytes_given = "[teacher.preprocessing]\nstd = [0.00392157]\n"
    bad(examined(made_by("network", bytes_given)), "values in -1..1 (mean = [0.5], std = [0.5])")


def test_another_number_of_classes_is_found(examined):
    given = made_by("network", f"arguments = {{ classes = 7 }}\n{SIGNED}")
    bad(examined(given), "7 outputs for 10 classes: correct data.class_names")


def test_another_order_of_classes_is_found_and_named(examined):
    given = made_by("network", f"arguments = {{ turned = 1 }}\n{SIGNED}")
    bad(
        examined(given), "order of classes", "if classes change places ('0' as '1', '1' as '2'",
        "bring data.class_names into the order of the model's outputs",
    )  # fmt: skip


def test_a_model_that_guesses_is_not_well(examined):
    bad(
        examined('factory = "tests.precompute.own_models:NearestMean"\n'),
        "accuracy",
        "no better than always",
    )


def test_a_model_that_squeezes_a_batch_of_one_is_found(examined):
    bad(examined(made_by("squeezed")), "shape (10,) for one image", "squeeze only axes of")


def test_an_estimator_takes_no_preprocessing(examined):
    bad(examined(made_by("estimator")), "reads values in 0..1): scale its input")


def test_outputs_that_are_no_numbers_are_counted(examined):
    bad(examined(made_by("broken")), "NaN outputs for 139 of 139 images", "check the weights")


def test_more_results_than_logits_are_found(examined):
    bad(examined(made_by("two_results")), "must return one tensor of logits, got tuple")


def test_a_model_that_cannot_read_the_images_is_one_line(run, tmp_path):
    # in a process of its own: here the check of types would ask the model first
    (tmp_path / "own.toml").write_text(f"{DATA}[teacher]\n{made_by('grey_only', '')}")
    for command in ("doctor", "build"):
        done = run(command, tmp_path / "own.toml", "--store", tmp_path / "store")
        assert done.returncode == 2
        line = (done.stdout if command == "doctor" else done.stderr).splitlines()[-1]
        assert "the model raised RuntimeError" in line
        assert "images of 3 x 8 x 8 (channels, height, width): set data.size, data.cha" in line


@pytest.mark.parametrize(
    ("teacher", "words"),
    [
        (made_by("raising"), ("raised FileNotFoundError: no such file: my_weights.bin", "call it")),
        (made_by("absent"), ("own_models has no absent",)),
        (made_by("network", "arguments = { depth = 3 }\n"), ("raised TypeError", "'depth'")),
        ('factory = "no_such_module:network"\n', ("no_such_module cannot be imported", "start")),
        ('factory = "export:gone.pt2"\n', ("gone.pt2", "set --data-root")),
    ],
)
def test_a_factory_that_cannot_make_its_model_is_one_line(examined, teacher, words):
    bad(examined(teacher), *words)


def test_missing_and_extra_keys_of_weights_are_named(examined, tmp_path):
    state = network().state_dict()
    state["fc.weight"] = state.pop("head.weight")
    save_file(state, tmp_path / "net.safetensors")
    given = made_by("NearestMean", f'weights = "{tmp_path / "net.safetensors"}"\n{SIGNED}')
    bad(examined(given), "net.safetensors", "missing head.weight; unknown fc.weight")


def test_a_checkpoint_that_does_not_fit_is_named_among_the_others(examined, tmp_path):
    for epoch in (1, 2, 3):
        state = network().state_dict()
        if epoch == 2:
            del state["head.bias"]
        save_file(state, tmp_path / f"net_{epoch}.safetensors")
    given = made_by("NearestMean", f'checkpoints = "{tmp_path}/net_*.safetensors"\n{SIGNED}')
    bad(examined(given), "net_2.safetensors", "missing head.bias")
    shutil.copy(tmp_path / "net_1.safetensors", tmp_path / "net_2.safetensors")
    well(examined(given), "checkpoints")


def test_weights_that_can_only_be_unpickled_need_trust(examined, tmp_path):
    torch.save({"state_dict": network().state_dict(), "run": Path("x")}, tmp_path / "net.pt")
    given = made_by("NearestMean", f'weights = "{tmp_path / "net.pt"}"\n{SIGNED}')
    bad(examined(given), "holds more than a state dict", "--trust-pickle")
    well(examined(given, DATA, "--trust-pickle"))


def test_an_estimator_is_looked_at_too(examined):
    well(examined(made_by("estimator", "")), "probabilities, as declared")
    bad(
        examined(made_by("estimator", "arguments = { scale = 0.7 }\n")),
        "rows are no probabilities", "sums to 0.7",
    )  # fmt: skip
    bad(
        examined(made_by("estimator", "arguments = { words = true }\n")),
        "must be fitted on label numbers from 0 to 9, got classes digit 0",
    )


def table(path: Path, **changed) -> str:
    """A file of the network's predictions, and the teacher that is no more than that."""
    _, _, images, labels = pictures()
    with torch.no_grad():
        inputs = torch.from_numpy(images).permute(0, 3, 1, 2) / 127.5 - 1
        probabilities = network()(inputs).softmax(1).numpy()
    columns = {
        "id": np.arange(len(labels)),
        "label": labels,
        "probabilities": probabilities,
        **{name: change(probabilities) for name, change in changed.items() if name != "label"},
    }
    if "label" in changed:
        columns["label"] = changed["label"](labels)
    columns = {name: list(values) for name, values in columns.items()}
    pyarrow.parquet.write_table(pyarrow.table(columns), path / "own.parquet")
    return f'predictions = "{path / "own.parquet"}"\n'


def none_for(row: int, value: float):
    def change(probabilities: np.ndarray) -> np.ndarray:
        probabilities = probabilities.copy()
        probabilities[row] = value
        return probabilities

    return change


def test_a_table_of_predictions_is_looked_at_too(examined, tmp_path):
    data = f"{DATA}test_share = 1.0\n".replace("pictures", "some_pictures")
    well(examined(table(tmp_path), data), "not: new images", "no other order is much better")
    bad(examined(table(tmp_path, probabilities=none_for(4, 0.3)), data), "got sum 3 for id 4 of")
    bad(examined(table(tmp_path, probabilities=none_for(4, np.nan)), data), "for id 4 of")
    bad(
        examined(
            table(tmp_path, probabilities=lambda p: p[:, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]]), data
        ),
        "if classes change places",
    )
    bad(
        examined(table(tmp_path, label=lambda labels: labels[::-1]), data),
        "labels", "let its column id count the images as the data source does",
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """Two hundred coloured digits as a folder of images, and the [data] section that names it."""
    images, labels, _, _ = pictures()
    for row, (image, label) in enumerate(zip(images[:200], labels[:200], strict=True)):
        place = tmp_path / "images" / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{row:03d}.png")
    return tmp_path / "images", f'[data]\nsource = "folder"\npath = "{tmp_path / "images"}"\n'


def test_images_of_mixed_size_are_named(examined, folder):
    path, data = folder
    Image.fromarray(pictures()[0][0]).resize((9, 12)).save(path / "3" / "large.png")
    bad(examined(made_by("network"), data), "got 2 sizes", "12 x 9 (3/large.png)", "set data.size")
    well(examined(made_by("network"), f"{data}size = [8, 8]\n"))


def test_corrupt_images_are_named_and_counted_and_left_out_on_demand(examined, folder):
    path, data = folder
    (path / "3" / "notes.txt").write_text("not a picture")
    whole = next((path / "5").iterdir())
    whole.write_bytes(whole.read_bytes()[:60])
    bad(
        examined(made_by("network"), data), "2 of 201 images could not be read", "3/notes.txt",
        f"5/{whole.name}", "--skip-corrupt (data.skip_corrupt = true)",
    )  # fmt: skip
    found = examined(made_by("network"), data, "--skip-corrupt")
    well(found, "note: 2 of 201 images could not be read", "and left out")
    well(examined(made_by("network"), f"{data}skip_corrupt = true\n"))


def test_a_class_without_images_is_named(examined):
    names = json.dumps([*"0123456789", "ten"])
    bad(examined(made_by("network"), f"{DATA}class_names = {names}\n"), "no image of class 'ten'")


def test_images_of_one_colour_are_counted(examined, monkeypatch):
    train, labels, test, others = pictures()
    train = train.copy()
    train[[5, 9]] = 7
    monkeypatch.setattr(own_models, "spotted", lambda: (train, labels, test, others), raising=False)
    data = DATA.replace("pictures", "spotted")
    bad(examined(made_by("network"), data), "2 of 500 are of one colour only", "row 5 of train")
