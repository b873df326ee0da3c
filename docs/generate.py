"""Regenerates what documents repeat of the code: README's tables and the data dictionary.

python docs/generate.py            writes them
python docs/generate.py --check    only says which are out of date (exit code 1)
"""

import argparse
import inspect
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.datasets import MissingData, content_fingerprint  # noqa: E402
from core.datasets.licences import LICENCES  # noqa: E402
from core.datasets.originals import ORIGINALS  # noqa: E402
from core.store.dictionary import data_dictionary  # noqa: E402
from core.teachers.architectures import ARCHITECTURES  # noqa: E402
from precompute.__main__ import parser  # noqa: E402
from precompute.pipeline import STAGES  # noqa: E402
from precompute.settings import Teacher, built_in_studies, load_study  # noqa: E402
from precompute.shipped_stories import shipped_stories  # noqa: E402

DICTIONARY = """# The artifact store

Everything here but this page is written by `python -m precompute build` and ignored by git.
`STUDY/STAGE/KEY/` holds one artifact: Parquet tables, `.npy` arrays, `.safetensors` weights and a
manifest with settings, input keys, versions, seed, seconds and the SHA-256 of each file.
`STUDY/run.json` names the artifacts that belong together. This page is generated (`make docs`).

"""


def commands() -> str:
    """The command line as a Markdown table."""
    grammar = parser()
    choices = next(action for action in grammar._actions if action.dest == "command").choices
    assert isinstance(choices, dict)
    rows = [f"| `{_usage(sub)}` | {sub.description} |" for sub in choices.values()]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def _usage(command: argparse.ArgumentParser) -> str:
    usage = command.format_usage().removeprefix("usage: darkroom ")
    for option in ("[-h] ", "[--store DIR] ", "[--data-root DIR] "):
        usage = " ".join(usage.split()).replace(option, "")
    return usage.replace("|", "\\|")


def studies() -> str:
    """The built-in studies as a Markdown table."""
    rows = []
    for name in built_in_studies():
        study = load_study(name)
        epochs = study.teacher.epochs
        made = f"{epochs} epochs" if epochs else f"given{_weights(study.teacher.weights)}"
        limit = "all" if study.data.limit is None else f"{study.data.limit:,}"
        rows.append(f"| `{name}` | {study.title} | {limit} | {_teacher(study.teacher)}, {made} |")
    return "\n".join(["| study | what it shows | images | teacher |", "|---|---|---|---|", *rows])


def _teacher(teacher: Teacher) -> str:
    """The teacher's name with its arguments, and what they are where nobody sets them."""
    if not teacher.arguments or teacher.architecture is None:
        return teacher.name
    usual = inspect.signature(ARCHITECTURES[teacher.architecture].build).parameters
    said = [f"{key} {value} of {usual[key].default}" for key, value in teacher.arguments.items()]
    return f"{teacher.name} ({', '.join(said)})"


def _weights(file: str | None) -> str:
    return f" (`{file}`)" if file else ""


def data() -> str:
    """The data of the built-in studies as a Markdown table: licence, and where it comes from."""
    studies: dict[str, list[str]] = {}
    for name in built_in_studies():
        studies.setdefault(load_study(name).data.source, []).append(f"`{name}`")
    rows = [
        f"| `{source}` | {LICENCES[source]} | {_place(source)} | {', '.join(names)} |"
        for source, names in sorted(studies.items())
    ]
    head = "| data | licence | what to get or to put there | studies |"
    return "\n".join([head, "|---|---|---|---|", *rows])


def _place(source: str) -> str:
    """How a data set comes to hand, in the words of the error that says it is not."""
    if source in ORIGINALS:
        return f"`download {source}`"
    try:
        content_fingerprint(source, data_root=Path("nowhere"))
    except MissingData as error:
        found = re.search(r"put (.*) into nowhere/(\w+)$", str(error))
        assert found is not None
        files = found[1].split(", ")
        some = f"{files[0]} to {files[-1]}" if len(files) > 4 else ", ".join(files)
        return f"{some} in `{found[2]}/`"
    return "comes with scikit-learn"


def stages() -> str:
    """The stages as a Markdown table."""
    rows = []
    for stage in STAGES:
        reads = ", ".join(f"{read.stage} ({read.at})" for read in stage.inputs) or "the data"
        rows.append(f"| `{stage.name}` | {'epoch' if stage.per_epoch else 'study'} | {reads} |")
    return "\n".join(["| stage | once per | reads |", "|---|---|---|", *rows])


def stories() -> str:
    """The stories that come along as a Markdown table."""
    rows = [
        f"| `{name}` | {story.title} | `{story.study}` | {len(story.steps)} |"
        for name, story in shipped_stories().items()
    ]
    return "\n".join(["| story | title | study | steps |", "|---|---|---|---|", *rows])


def documents() -> dict[Path, str]:
    """Every generated document with what it should say."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for section in (commands, studies, data, stages, stories):
        name = section.__name__
        block = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not block.search(readme):
            raise ValueError(f"README.md has no section <!-- generated: {name} -->")
        text = section()
        readme = block.sub(lambda match, text=text: f"{match[1]}{text}\n{match[2]}", readme)
    return {
        ROOT / "README.md": readme,
        ROOT / "artifacts/README.md": DICTIONARY + data_dictionary(),
    }


def main() -> int:
    """Write the documents, or check them; returns the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    stale = 0
    for path, text in documents().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{path.relative_to(ROOT)} is out of date: run make docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
