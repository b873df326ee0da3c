"""DarkSight: all predictions of a classifier in one picture, and a confidence by density.

Source: Xu, Park, Yi and Sutton, "Interpreting Deep Classifier by Visual Distillation of Dark
Knowledge" (2018), by way of Schacherer's seminar report (2018), whose equations are cited.

===============  ==================================================================
``student``      naive Bayes in the plane (equation 8)
``loss``         symmetric KL divergence (equations 5 to 7), softening
``derivatives``  gradients and Gauss-Newton matrices of it
``initial``      where classes stand before the fit, by confusion
``candidates``   places worth trying for a sample
``placement``    a place for each sample under a fixed student, new ones too
``newton``       one joint step of student and points
``fit``          points and student fitted together
``confidence``   kernel density (section 2.3)
``mixtures``     Gaussian and Dirichlet mixtures to compare with
``landscape``    the student's class regions on a grid
``transitions``  samples along a line, transition order (figures 5 to 7)
``reject``       accuracy-data curve (figure 8), area under ROC
``quality``      cluster preservation, silhouette, global and local fidelity (equation 10)
``ranks``        midranks and Spearman's correlation
===============  ==================================================================

``student``, ``landscape``, ``transitions``, ``reject`` and ``ranks`` need numpy alone; the others
need scipy too. None needs torch.
"""
