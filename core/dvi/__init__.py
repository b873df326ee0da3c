"""DeepVisualInsight: how a classifier's territory formed while it trained.

Paper: Yang et al., "DeepVisualInsight" (AAAI 2022). ``boundary`` (equations 5 to 7), ``complex``
(definition 3), ``layout``, ``refine``, ``loss`` and ``decoder`` (equations 8 to 11), ``fit``,
``model`` and ``network``, ``landscape``, ``properties`` (equations 1 to 4), ``events``, ``noise``,
``baselines`` and ``deepview``.
"""
