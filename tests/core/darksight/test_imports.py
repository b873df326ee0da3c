import subprocess
import sys


def test_what_pages_need_loads_neither_torch_nor_scipy():
    modules = ("landscape", "ranks", "reject", "student", "transitions")
    code = "import sys\n" + "".join(f"import core.darksight.{name}\n" for name in modules)
    code += "print(sorted({'torch', 'scipy', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
