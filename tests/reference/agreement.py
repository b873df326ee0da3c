"""Two classifiers on the same images, as the formulas stand in the sources."""

from math import comb, sqrt

Z = 1.959963984540054


def mcnemar(b, c):
    """Both tails of the binomial distribution of min(b, c) among b + c, with one half each."""
    n = b + c
    return min(1.0, 2 * sum(comb(n, k) * 0.5**n for k in range(min(b, c) + 1)))


def agresti_min(n11, n12, n21, n22):
    """The adjusted Wald interval of p12 - p21: half an image more in each cell."""
    n11, n12, n21, n22 = n11 + 0.5, n12 + 0.5, n21 + 0.5, n22 + 0.5
    n = n11 + n12 + n21 + n22
    p12, p21 = n12 / n, n21 / n
    half = Z * sqrt((p12 + p21 - (p12 - p21) ** 2) / n)
    return max(-1.0, p12 - p21 - half), min(1.0, p12 - p21 + half)
