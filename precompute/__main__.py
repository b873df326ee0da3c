"""The command line: ``python -m precompute``, also installed as ``darkroom``.

Exit code 0 only when all that was asked was done; 2 for bad arguments or a bad study, with one
clear line and no traceback; 1 where the machine fails (a full disk, say).
"""

import argparse
import os
import sys
from pathlib import Path

from precompute.settings import Study, built_in_studies, load_study


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument(
        "--store",
        type=Path,
        default=Path(os.environ.get("DARKROOM_STORE", "artifacts")),
        metavar="DIR",
        help="the artifact store (default: $DARKROOM_STORE, else artifacts)",
    )
    everywhere.add_argument(
        "--data-root",
        type=_folder,
        default=os.environ.get("DARKROOM_DATA"),
        metavar="DIR",
        help="where real data sets lie (default: $DARKROOM_DATA)",
    )
    settings = argparse.ArgumentParser(add_help=False)
    settings.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="overrides",
        help="change a setting of the study, for instance data.limit=2000; none removes it",
    )
    settings.add_argument(
        "--skip-corrupt",
        action="append_const",
        const="data.skip_corrupt=true",
        dest="overrides",
        help="leave out images that cannot be read, and say so, instead of refusing them",
    )
    trusting = argparse.ArgumentParser(add_help=False)
    trusting.add_argument(
        "--trust-pickle",
        action="store_true",
        help="read an exported program, or weights that can only be unpickled; this can run code "
        "of whoever wrote them",
    )
    darkroom = argparse.ArgumentParser(
        prog="darkroom",
        description="Develops what a deep image classifier knows into pictures people can see.",
        epilog=f"STUDY is a path to a TOML file or one of: {', '.join(built_in_studies())}.",
    )
    commands = darkroom.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, *parents: argparse.ArgumentParser):
        return commands.add_parser(
            name, help=summary, description=summary, parents=[everywhere, *parents]
        )

    build = command(
        "build", "build what is missing of a study, resume what was cut off", settings, trusting
    )
    build.add_argument("study", metavar="STUDY")
    build.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="STAGE",
        help="build this stage and what it reads (may be given several times)",
    )
    build.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    status = command("status", "each stage: fresh, stale (because of what) or missing", settings)
    status.add_argument("study", metavar="STUDY")
    status.add_argument("--verify", action="store_true", help="read large files in full")
    doctor = command(
        "doctor", "check model and data, and say how to mend what is wrong", settings, trusting
    )
    doctor.add_argument("study", metavar="STUDY")
    download = command("download", "fetch the public originals of a data set, or what is missing")
    download.add_argument("name", metavar="NAME", help="mnist, for instance")
    report = command("report", "how faithful every lens of a built study is")
    report.add_argument("study", metavar="STUDY")
    report.add_argument("--json", action="store_true")
    bench = command("bench", "our time against the reference's on the same work")
    bench.add_argument("names", nargs="*", metavar="NAME")
    bench.add_argument("--json", action="store_true")
    serve = command("serve", "start the dashboard on a built study or a pack")
    serve.add_argument(
        "study", metavar="STUDY|FILE|URL", help="a study in the store, a pack, or a pack's address"
    )
    serve.add_argument("--port", type=_port, default=8501, metavar="PORT")
    serve.add_argument("--edit", action="store_true", help="readers may write into the store")
    pack = command("pack", "one file to share: a study with all that the dashboard needs")
    pack.add_argument("study", metavar="STUDY")
    pack.add_argument("file", type=Path, metavar="FILE")
    pack.add_argument(
        "--live", action="store_true", help="with the weights that judging new images needs"
    )
    unpack = command("unpack", "put the study of a pack into the store, verified")
    unpack.add_argument("file", type=Path, metavar="FILE")
    export = command("export", "one offline HTML file: a report, or a story before it")
    export.add_argument("study", metavar="STUDY")
    export.add_argument("out", type=Path, metavar="OUT.html")
    export.add_argument(
        "--story", metavar="FILE", help="a story's TOML file, or the name of one that comes along"
    )
    published = command(
        "import-summit", "make a study of the attribution graphs that Summit's authors published"
    )
    published.add_argument("folder", type=Path, metavar="DIR", help="where their files lie")
    published.add_argument("study", metavar="STUDY", help="the name it gets in the store")
    clean = command("clean", "remove artifacts that no run names, and forget earlier runs")
    clean.add_argument("study", nargs="?", metavar="STUDY")
    return darkroom


def _folder(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise argparse.ArgumentTypeError(f"there is no such user's home: {text}") from None


def _port(text: str) -> int:
    if text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    try:
        if not hasattr(options, "overrides"):
            return _run(options)
        study = load_study(options.study, options.overrides, options.store)
        _set_threads(study.threads)
        _find_own_modules()
        return _run(options, study)
    except ValueError as error:  # every refusal of Darkroom's
        print(f"darkroom: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        extra = "export" if options.command == "export" else "precompute"
        print(
            f"darkroom: {options.command} needs {error.name}: install the extra '{extra}'",
            file=sys.stderr,
        )
        return 2
    except BrokenPipeError:  # whoever read our output has closed it: `darkroom report | head`
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return 141  # what a shell says of a program that a closed pipe ended
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        left = "; nothing half-made is left: mend this and run the same command again"
        print(
            f"darkroom: {error.strerror or error}{where}"
            f"{left if options.command == 'build' else ''}",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("darkroom: stopped; the same command goes on from here", file=sys.stderr)
        return 130


def _set_threads(threads: int) -> None:
    """Set thread counts before numpy, torch and numba are imported: later is too late."""
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)
    # Threads that spin while they wait cost four times the time where the machine is shared.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _find_own_modules() -> None:
    """Let a study name functions of modules in the working folder.

    ``python -m`` looks there anyway; the installed command would not.
    """
    here = str(Path.cwd())
    if not {"", here} & set(sys.path):
        sys.path.append(here)


def _run(options: argparse.Namespace, *study: Study) -> int:
    from precompute import commands

    return getattr(commands, options.command.replace("-", "_"))(options, *study)


if __name__ == "__main__":
    sys.exit(main())
