import subprocess
import sys

LIGHT = [
    "core.generators.generator",
    "core.generators.sampling",
    "core.generators.frequency",
    "core.generators.decoder_numpy",
    "core.deepvid.neighbors",
    "core.deepvid.student",
    "core.deepvid.hybrid",
    "core.deepvid.trust",
    "core.deepvid.tune",
    "core.deepvid.probe",
    "core.deepvid.features",
    "core.deepvid.maps",
    "core.saliency.method",
    "core.saliency.occlusion",
    "core.saliency.rise",
    "core.saliency.controls",
    "core.saliency.removal",
]


def test_what_a_light_page_needs_imports_neither_torch_nor_scipy():
    # a process of its own: in this one other tests have imported torch already
    code = (
        f"import sys, {', '.join(LIGHT)}; print({{'torch', 'scipy', 'captum'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
