import pytest

from precompute.__main__ import parser
from precompute.settings import Study, StudyError, built_in_studies, load_study


@pytest.mark.parametrize("name", built_in_studies())
def test_every_built_in_study_is_valid(name):
    assert load_study(name).name == name


def test_an_unknown_study_names_the_known_ones_and_the_nearest():
    with pytest.raises(StudyError, match=r"digits.*did you mean digits\?"):
        load_study("digist")


def test_a_missing_file_is_named():
    with pytest.raises(StudyError, match=r"nowhere\.toml: there is no such file"):
        load_study("nowhere.toml")


def test_broken_toml_says_where(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text('title = "x"\n[data\n')
    with pytest.raises(StudyError, match=r"broken\.toml is not valid TOML: .*line 2"):
        load_study(str(path))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="not valid TOML"):
        load_study(str(path))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("teacher.epoch=3", r"unknown key teacher\.epoch: expected one of .*did you mean epochs\?"),
        ("data.shown.trian=3", r"unknown key data\.shown\.trian: expected one of train, test"),
        ("colour=red", "unknown key colour"),
        ("teacher.epochs=many", r"teacher\.epochs: expected int, got str \(the value is 'many'\)"),
        ("teacher.epochs=-1", r"teacher\.epochs: expected int >= 0 \(the value is -1\)"),
        ("teacher=3", r"teacher: expected object, got int"),
        ("teacher.optimizer=lion", r"teacher\.optimizer: .*expected one of adamw, sgd.*'lion'"),
        ('projections.methods=["mds"]', r"projections\.methods\[0\]: .*one of pca, tsne, umap"),
        ("projections.spaces=[]", r"projections\.spaces: .*length >= 1"),
        ("teacher.class_names=imagnet", r"teacher\.class_names: .*'imagnet'"),
        ("teacher.learning_rate=inf", r"teacher\.learning_rate: expected float < 1000000000"),
        ("data.channels=2", r"data\.channels: expected one of 1, 3"),
        ("threads=0", "threads: expected int >= 1"),
        ("seed=-1", "seed: expected int >= 0"),
        ("name=other", "the key name is not needed"),
        ("teacher.epochs=0", "needs epochs .to be trained. or weights"),
        ("teacher.factory=mine:net", "give either architecture, factory or predictions"),
        ("teacher.architecture=none", "give either architecture, factory or predictions"),
        (
            "teacher.weights=w.safetensors",
            "epochs .to be trained. or weights or checkpoints .given., not both",
        ),
        ("teacher.preprocessing.mean=3", r"teacher\.preprocessing\.mean: expected array"),
        ("data.source=none", r"data\.source is missing"),
        ("no-equals-sign", "expected key=value"),
        ("title.x=1", "title is a value, not a section"),
    ],
)
def test_a_bad_setting_is_named_with_what_was_expected(override, message):
    with pytest.raises(StudyError, match=message) as caught:
        load_study("digits", [override])
    assert "\n" not in str(caught.value)


def test_a_setting_can_be_changed_and_removed_on_the_command_line():
    study = load_study("tiny", ["data.limit=none", "teacher.learning_rate=0.01"])
    assert study.data.limit is None
    assert study.teacher.learning_rate == 0.01


def test_a_study_of_ones_own_takes_its_files_name(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[data]\nsource = "digits"\n[teacher]\narchitecture = "convnet"\nepochs = 1\n')
    assert load_study(str(path)).name == "mine"


def test_a_file_name_that_could_be_a_path_or_an_option_is_refused(tmp_path):
    path = tmp_path / "-rf ~.toml"
    path.write_text("")
    with pytest.raises(StudyError, match="must be letters, digits"):
        load_study(str(path))


def test_the_papers_settings_are_a_list_of_changes():
    assert load_study("mnist_resnet18", ["paper=true"]).data.limit is None
    assert load_study("mnist", ["paper=true", "teacher.epochs=3"]).teacher.epochs == 3


def setting(study: Study, key: str) -> object:
    """A study's setting by its dotted name."""
    value: object = study
    for part in key.split("."):
        value = value[part] if isinstance(value, dict) else getattr(value, part)
    return value


DEEPVID = {"teacher.epochs": 20, "deepvid.epochs": 150}
DVI = {
    "data.limit": None,
    "data.shown.train": None,
    "data.shown.test": None,
    "dvi.preset": "paper",
    "dvi.temporal": 0.3,
}
DFC_VAE = {"deepvid.epochs": 50, "deepvid.images": None}
RELABEL = {"deepvid.generators": ("dfc_vae", "frequency")}
OF_PAPERS = {
    "celeba": {"teacher.epochs": 100, "teacher.arguments": {}, **DFC_VAE},
    "cifar10": DFC_VAE,
    "cifar100": DFC_VAE,
    "cifar10_resnet56": DFC_VAE,
    "cifar10_trained": {"teacher.epochs": 200, **DVI, **DFC_VAE},
    "fashion_mnist": {**DVI, "deepvid.epochs": 150},
    "hand_drawn_shapes": DEEPVID,
    "imagenette": RELABEL,
    "imagenette_mobilenet": RELABEL,
    "mnist": DEEPVID,
    "mnist_active": {**DVI, "deepvid.epochs": 150},
    "mnist_adversarial": {**DVI, "deepvid.epochs": 150},
    "mnist_noisy": {**DVI, "deepvid.epochs": 150},
    "mnist_resnet18": {**DVI, "deepvid.epochs": 150},
    "quickdraw": DEEPVID,
}
OF_NO_PAPER = {"digits", "digits_forest", "digits_svm", "imagenet_samples", "tiny"}


def test_every_built_in_study_has_its_papers_settings_but_those_of_no_paper():
    assert set(OF_PAPERS) | OF_NO_PAPER == set(built_in_studies())
    for name in OF_NO_PAPER:
        with pytest.raises(StudyError, match="needs the list paper_settings"):
            load_study(name, ["paper=true"])


@pytest.mark.parametrize("name", sorted(OF_PAPERS))
def test_a_studys_paper_settings_are_the_papers_numbers(name):
    plain, of_paper = load_study(name), load_study(name, ["paper=true"])
    assert (plain.paper, of_paper.paper) == (False, True)
    found = {key: setting(of_paper, key) for key in OF_PAPERS[name]}
    assert found == OF_PAPERS[name]
    assert any(setting(plain, key) != value for key, value in found.items())


def test_a_study_without_settings_of_a_paper_says_how_to_write_them():
    with pytest.raises(StudyError, match="paper = true needs the list paper_settings"):
        load_study("digits", ["paper=true"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('architecture = "lenet"', "an architecture needs epochs .* or weights or checkpoints"),
        ('factory = "a:b"\npredictions = "c"', "give either architecture, factory or predictions"),
        ('factory = "a:b"\nepochs = 2', "a given model is not trained: leave out epochs"),
        ('factory = "a:b"\nweights = "w"\ncheckpoints = "c"', "either weights or checkpoints"),
        ('predictions = "p"\nweights = "w"', "a file of predictions needs no weights"),
        (
            'factory = "a:b"\nepoch_pattern = "x"',
            "epoch_pattern tells how to read the names of checkpoints",
        ),
        ('factory = "a:b"\nattack = {}', "attack and active are ways of training"),
        (
            'architecture = "lenet"\nepochs = 2\nattack = {}\nactive = { first = 2, add = 1 }',
            "training in rounds goes neither with attack",
        ),
    ],
)
def test_a_teacher_is_had_in_one_way(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_text(f'[data]\nsource = "digits"\n[teacher]\n{text}\n')
    with pytest.raises(StudyError, match=message):
        load_study(str(path))


def test_a_data_root_in_the_home_of_nobody_is_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["status", "digits", "--data-root", "~nobody-of-that-name/images"])
    assert ended.value.code == 2
    assert "there is no such user's home: ~nobody-of-that-name/images" in capsys.readouterr().err
