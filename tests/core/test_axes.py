import subprocess
import sys

import numpy as np
import pytest

from core.lasso import inside
from core.uncertainty import entropy


def test_a_wrong_axis_is_refused_in_tests():
    with pytest.raises(Exception, match="Type-check error"):
        inside(np.zeros((4, 3)), np.zeros((10, 2)))


def test_a_wrong_number_type_is_refused_in_tests():
    with pytest.raises(Exception, match="Type-check error"):
        entropy(np.zeros((4, 3), int))


@pytest.mark.parametrize("forbidden", ["torch", "sklearn", "scipy", "umap"])
def test_what_pages_use_imports_no_heavy_library(forbidden):
    modules = "axes calibration confusion intervals lasso uncertainty datasets teachers.protocol"
    program = "; ".join(f"import core.{name}" for name in modules.split())
    program += f"; import sys; sys.exit({forbidden!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_projections_import_their_methods_only_when_asked():
    program = "import core.projections, sys; sys.exit(bool({'umap', 'numba'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
