"""The command line: exit codes, one clear line, and no torch where none is needed."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.store import Store
from precompute.__main__ import parser
from precompute.settings import load_study
from tests.precompute.conftest import stages_of, with_readers

ROOT = Path(__file__).resolve().parents[2]


def refused(done, *words):
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_an_unknown_study_is_one_line_and_exit_code_two(run, tmp_path):
    refused(run("build", "digist", "--store", tmp_path), "did you mean digits?")


def test_an_unknown_key_is_named(run, tmp_path):
    refused(
        run("build", "digits", "--set", "teacher.epoch=1", "--store", tmp_path),
        "unknown key teacher.epoch",
        "did you mean epochs?",
    )


def test_an_unknown_stage_is_named(run, tmp_path):
    refused(run("build", "tiny", "--only", "dvy", "--store", tmp_path), "unknown stage 'dvy'")


def test_an_unknown_data_source_names_the_known_ones(run, tmp_path):
    refused(
        run("build", "tiny", "--set", "data.source=mist", "--store", tmp_path), "mist", "digits"
    )


def test_an_unknown_architecture_names_the_known_ones(run, tmp_path):
    done = run("doctor", "tiny", "--set", "teacher.architecture=lenny", "--store", tmp_path)
    assert done.returncode == 2
    assert "teacher.architecture must be one of convnet" in done.stdout


def test_a_report_of_a_study_that_was_never_built_says_how_to_build_it(run, tmp_path):
    refused(run("report", "digits", "--store", tmp_path), "python -m precompute build digits")
    refused(run("serve", "digits", "--store", tmp_path), "python -m precompute build digits")


def test_an_unknown_benchmark_names_the_known_ones(run):
    refused(run("bench", "nothing"), "unknown benchmark 'nothing'", "reruns")


def test_bad_arguments_are_exit_code_two(run):
    assert run("build").returncode == 2
    assert run("frobnicate").returncode == 2


def test_status_before_a_build_says_missing(run, tmp_path):
    done = run("status", "tiny", "--store", tmp_path)
    assert done.returncode == 0
    assert done.stdout.count("missing") == len(stages_of("tiny"))
    assert "python -m precompute build tiny" in done.stdout


def test_status_after_a_build_is_fresh_and_after_a_change_says_why(run, tiny_store):
    assert run("status", "tiny", "--store", tiny_store).stdout.count("  fresh  ") == len(
        stages_of("tiny")
    )
    done = run("status", "tiny", "--store", tiny_store, "--set", "projections.perplexity=7")
    assert "perplexity 30.0 became 7" in done.stdout
    stale = {line.split()[0] for line in done.stdout.splitlines() if "  stale  " in line}
    assert stale == with_readers("projections")
    done = run("status", "tiny", "--store", tiny_store, "--set", "teacher.epochs=4")
    assert "stale" in done.stdout


def test_status_works_where_the_data_are_not_at_hand(tiny_store, monkeypatch):
    from precompute import given
    from precompute.status import status

    def missing(*_, **__):
        raise ValueError("not at hand")

    monkeypatch.setattr(given, "content_fingerprint", missing)
    rows = status(load_study("tiny"), tiny_store)
    assert [row.state for row in rows] == ["fresh"] * len(stages_of("tiny"))


def test_a_reader_that_closes_the_pipe_is_no_error(tiny_store):
    done = subprocess.run(
        f"{sys.executable} -m precompute report tiny --json --store {tiny_store} | head -1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


@pytest.mark.parametrize("how", ["truncated", "one byte changed"])
def test_status_names_what_is_damaged_and_build_mends_it(run, tiny_store, tmp_path, how):
    root = Path(shutil.copytree(tiny_store, tmp_path / "store"))
    path = Store("tiny", root).path("dataset") / "samples.parquet"
    content = path.read_bytes()
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    path.write_bytes(content[:middle] if how == "truncated" else changed)
    done = run("status", "tiny", "--store", root)
    assert re.search(r"^dataset +damaged ", done.stdout, re.MULTILINE)
    assert "samples.parquet" in done.stdout
    assert "python -m precompute build tiny" in done.stdout
    assert run("build", "tiny", "--store", root).returncode == 0
    assert path.read_bytes() == content


def test_report_prints_every_promised_key(run, tiny_store):
    rows = json.loads(run("report", "tiny", "--json", "--store", tiny_store).stdout)
    promised = "study, view, metric, method, split, epoch, value, low, high, n, unit, better"
    assert all(", ".join(row) == promised for row in rows)
    names = {f"{row['view']}/{row['metric']}" for row in rows}
    assert {
        "teacher/accuracy",
        "teacher/balanced_accuracy",
        "teacher/expected_calibration_error",
        "projections/trustworthiness_k15",
        "projections/neighbor_preservation_k15",
        "projections/trustworthiness_k15_input",
    } <= names
    darksight = {row["metric"] for row in rows if row["view"] == "darksight"}
    assert {
        "symmetric_kl",
        "top_class_agreement",
        "accuracy_data_area",
        "outlier_auroc",
        "cluster_preservation",
        "silhouette",
        "global_fidelity",
        "global_fidelity_soft",
        "transition_order",
        "local_fidelity_k1",
        "local_fidelity_k15",
        "local_fidelity_k100",
    } <= darksight
    methods = {row["method"] for row in rows if row["view"] == "projections"}
    assert len(methods) == 9


def test_doctor_finds_the_built_in_digits_well(run, tiny_store):
    done = run("doctor", "tiny", "--store", tiny_store)
    assert done.returncode == 0, done.stdout
    assert "BAD" not in done.stdout
    assert re.search(r"ok +accuracy.* on \d+ test images", done.stdout), done.stdout
    other = run("doctor", "tiny", "--store", tiny_store, "--set", "teacher.batch_size=99")
    assert "not tried: no such teacher is trained yet" in other.stdout


def test_clean_says_how_much_space_it_gave(run, tmp_path):
    assert "removed 0 artifacts" in run("clean", "--store", tmp_path).stdout


@pytest.mark.parametrize("command", ["status", "report"])
def test_light_commands_import_no_torch(command, tiny_store):
    code = (
        "import sys; from precompute.__main__ import main;"
        f"code = main(['{command}', 'tiny', '--store', {str(tiny_store)!r}]);"
        "heavy = [name for name in ('torch', 'sklearn', 'umap', 'tqdm') if name in sys.modules];"
        "sys.exit(code or (print(heavy, file=sys.stderr) or 3 if heavy else 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_command_has_a_summary_and_the_common_options():
    action = next(action for action in parser()._actions if action.dest == "command")
    assert isinstance(action.choices, dict)
    assert set(action.choices) >= {"build", "status", "doctor", "report", "bench", "serve", "clean"}
    for command in action.choices.values():
        assert command.description
        assert "--store" in command.format_help()
        assert "--data-root" in command.format_help()


def test_settings_enter_the_study_before_anything_heavy_is_loaded():
    code = (
        "import sys; from precompute.settings import load_study; load_study('digits');"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'torch', 'duckdb')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    assert load_study("digits").threads == 2
