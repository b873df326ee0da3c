"""The offline half of Darkroom and the only writer of the artifact store.

``pipeline.py`` shows every stage on one screen; ``stages/`` holds one file per stage;
``studies/`` holds the built-in studies.
"""
