import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_store_imports_no_torch_no_streamlit_and_no_method():
    script = (
        "import sys, core.store\n"
        "heavy = {'torch', 'streamlit', 'sklearn', 'umap', 'numba', 'safetensors', 'altair'}\n"
        "rooms = {name for name in sys.modules if name.startswith('core.')\n"
        "         and not name.startswith('core.store')}\n"
        "print(sorted(heavy & set(sys.modules)), sorted(rooms))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert found.stdout == "[] []\n"
