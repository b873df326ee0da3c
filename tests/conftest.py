"""Settings of every test; the checks of axes are installed by pytest's own options."""

import os

from threadpoolctl import threadpool_limits

# One thread: tests compare bits, and threads that wait for each other on busy cores took a hundred
# times as long. Libraries loaded later read the environment; numpy's is here already.
for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
threadpool_limits(int(os.environ["OPENBLAS_NUM_THREADS"]))
