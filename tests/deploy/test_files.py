"""The files of a deployment agree with the package and with one another."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.container import ROOT, dockerfile

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
HEAVY = {"torch", "scipy", "scikit-learn", "numba", "umap-learn", "captum", "pooch", "tqdm"}


def requirements(path: Path) -> list[str]:
    lines = [line.partition(" #")[0].strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def pins() -> dict[str, str]:
    found = [Requirement(line) for line in requirements(ROOT / "constraints.txt")]
    return {canonicalize_name(one.name): str(one.specifier) for one in found}


def needed(names: list[str]) -> set[str]:
    """The distributions that these need here, and those that these need, and so on."""
    found: set[str] = set()
    waiting = [Requirement(name) for name in names]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if name in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        waiting += [Requirement(text) for text in metadata.requires(name) or []]
    return found


def test_the_serving_requirements_are_the_dependencies_of_the_package():
    assert requirements(ROOT / "requirements.txt") == PYPROJECT["project"]["dependencies"]
    assert "-c constraints.txt" in (ROOT / "requirements.txt").read_text().splitlines()


def test_all_that_serving_needs_is_pinned_and_none_of_it_is_heavy():
    wanted = needed(requirements(ROOT / "requirements.txt"))
    assert len(wanted) > 20
    assert not wanted & HEAVY
    assert not wanted - set(pins())


def test_the_pins_are_what_these_tests_ran_with():
    for name in needed(requirements(ROOT / "requirements.txt")):
        assert pins()[name] == f"=={metadata.version(name)}", name


def test_sign_in_is_pinned_too():
    extra = [Requirement(text) for text in metadata.requires("streamlit") or []]
    wanted = {
        canonicalize_name(one.name)
        for one in extra
        if one.marker and one.marker.evaluate({"extra": "auth"})
    } - needed(requirements(ROOT / "requirements.txt"))
    assert {"authlib", "httpx"} <= wanted <= set(pins())


@pytest.mark.parametrize("name", ["serving", "live"])
def test_the_images_install_these_lines(name):
    lines = [line for line in dockerfile()[name].all("RUN") if line.startswith("pip install")]
    first = "pip install -c constraints.txt -r requirements.txt 'streamlit[auth]'"
    torch = "--extra-index-url https://download.pytorch.org/whl/cpu -c constraints.txt"
    assert lines == [first] + ([f"pip install {torch} '.[precompute]'"] if name == "live" else [])


def test_the_image_built_by_default_is_the_light_one():
    assert list(dockerfile())[-1] == "serving"


@pytest.mark.parametrize("name", ["serving", "live"])
def test_the_images_run_as_somebody_and_say_how_they_are(name):
    stage = dockerfile()[name]
    words = [word for word, _ in stage.instructions]
    users = stage.all("USER")
    assert users[-1] == "darkroom"
    last = len(words) - 1 - words[::-1].index("USER")
    assert "RUN" not in words[last:], "what is installed is installed before"
    assert "/_stcore/health" in stage.health()[-1]
    assert stage.all("EXPOSE") == ["8501"]
    assert any("--uid 10001" in line for line in stage.all("RUN"))


def test_what_is_copied_is_there_and_reaches_the_build():
    let_through = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert (ROOT / ".dockerignore").read_text().startswith("*\n"), "secrets and stores stay out"
    sources = {
        source
        for stage in dockerfile().values()
        for rest in stage.all("COPY")
        for source in rest.split()[:-1]
    }
    assert sources == let_through
    assert all((ROOT / source).exists() for source in sources)


def test_python_is_one_that_the_package_knows():
    version = dockerfile()["serving"].all("FROM")[0]
    assert version == "python:3.11-slim"
    assert PYPROJECT["project"]["requires-python"] == ">=3.11"


def test_the_compose_file_names_what_nginx_asks_for():
    compose = (ROOT / "compose.yaml").read_text()
    nginx = (ROOT / "deploy/nginx.conf").read_text()
    asked = re.findall(r"server (darkroom-\d):(\d+) ", nginx)
    assert asked == [("darkroom-1", "8501"), ("darkroom-2", "8501")]
    for name, _ in asked:
        assert f"\n  {name}: *darkroom\n" in compose
        assert f"{name}: {{ condition: service_healthy }}" in compose
    assert "./deploy/nginx.conf:/etc/nginx/nginx.conf:ro" in compose
    (port,) = re.findall(r"listen (\d+);", nginx)
    assert f'ports: ["{port}:{port}"]' in compose
    (target,) = re.findall(r"target: (\w+)", compose)
    assert target in dockerfile()
    assert compose.count("read_only: true") == 2
    assert "cache:/var/cache/darkroom" in compose
    assert dockerfile()["serving"].environment()["DARKROOM_CACHE"] == "/var/cache/darkroom"


def test_secrets_and_packs_stay_out_of_the_repository():
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"secrets.toml", "packs/"} <= set(ignored)


def test_the_configuration_is_one_for_readers():
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
    assert config["client"]["toolbarMode"] == "minimal"
    assert config["server"] == {"fileWatcherType": "none", "headless": True, "maxUploadSize": 20}
