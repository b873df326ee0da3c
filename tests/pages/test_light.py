"""The serving dashboard stays light: no page loads torch or anything as heavy."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "sklearn", "umap", "numba", "captum", "matplotlib")
CODE = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
import app
for script in sorted(Path("pages").glob("*.py")):
    if script.name == "__init__.py":
        continue
    page = AppTest.from_file(str(script), default_timeout=300)
    page.query_params["study"] = "tiny"
    page.run()
    assert not page.exception, (script, page.exception)
print([name for name in {heavy!r} if name in sys.modules])
"""


def test_no_page_imports_torch(tiny_store):
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(heavy=HEAVY)],
        cwd=ROOT,
        env={**os.environ, "DARKROOM_STORE": str(tiny_store)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
