"""DarkSight, equation by equation, with loops: slow, literal, and written without core.darksight.

Source: Schacherer's report "Interpreting Deep Classifiers by Visual Distillation of Dark
Knowledge" (2018). Names follow the report: pi, y, theta, P_S, P_T.
"""

import math

import numpy as np
from scipy.stats import multivariate_normal, multivariate_t


def student_posterior(y, means, scale_matrices, prior, degrees):
    """Equation 8: P(c = k | y) = P(y | c = k) P(c = k) / P(y)."""
    joint = []
    for mean, scale, share in zip(means, scale_matrices, prior, strict=True):
        if math.isinf(degrees):
            density = multivariate_normal(mean, scale).pdf(y)
        else:
            density = multivariate_t(mean, scale, df=degrees).pdf(y)
        joint.append(density * share)
    return np.array([value / sum(joint) for value in joint])


def kl(P, Q):
    """Equation 7."""
    return -sum(P[k] * math.log(Q[k] / P[k]) for k in range(len(P)))


def kl_sym(P, Q):
    """Equation 6."""
    return (kl(P, Q) + kl(Q, P)) / 2


def objective(P_T, P_S):
    """Equation 5."""
    return sum(kl_sym(P_T[i], P_S[i]) for i in range(len(P_T))) / len(P_T)


def jsd(p, q):
    """Jensen-Shannon distance: the root of the divergence in bits."""
    m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]

    def bits(one):
        return sum(a * math.log2(a / b) for a, b in zip(one, m, strict=True) if a > 0)

    return math.sqrt(max((bits(p) + bits(q)) / 2, 0))


def local_fidelity(Y, p, k):
    """Equation 10: M_k."""
    N, total = len(Y), 0.0
    for i in range(N):
        others = [j for j in range(N) if j != i]
        others.sort(key=lambda j: (math.dist(Y[i], Y[j]), j))
        total += sum(jsd(p[i], p[j]) for j in others[:k]) / k
    return total / N


def accuracy_data_curve(confidence, correct):
    """Figure 8: mean accuracy among the first m, over every order that the confidence allows."""
    n = len(confidence)
    curve = []
    for m in range(1, n + 1):
        kept, room = 0.0, m
        for value in sorted(set(confidence), reverse=True):
            group = [c for c, v in zip(correct, confidence, strict=True) if v == value]
            taken = min(room, len(group))
            kept += taken * sum(group) / len(group)
            room -= taken
        curve.append(kept / m)
    return curve


def auroc(confidence, correct):
    """Chance that a right one is more confident than a wrong one, ties counting half."""
    pairs = [
        (confidence[i], confidence[j])
        for i in range(len(correct))
        for j in range(len(correct))
        if correct[i] and not correct[j]
    ]
    return sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)


def kernel_density(centers, query, width):
    """Mean of Gaussians of one width on the centres."""
    d = len(query)
    norm = (2 * math.pi * width**2) ** (d / 2)
    return sum(math.exp(-(math.dist(c, query) ** 2) / (2 * width**2)) for c in centers) / (
        norm * len(centers)
    )
