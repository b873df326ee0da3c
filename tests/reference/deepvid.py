"""DeepVID's equations, one image, one neighbour, one weight at a time."""

import math

import numpy as np


def line_codes(lat_x, ranges, num_neighbors, sampling_percent):
    """Algorithm 1, lines 2 to 7."""
    codes = []
    for i in range(num_neighbors):
        lat_nbr = []
        for d in range(len(lat_x)):
            band = (ranges[d][1] - ranges[d][0]) * sampling_percent
            interval = band / num_neighbors
            lat_nbr.append(lat_x[d] - band / 2 + i * interval)
        codes.append(lat_nbr)
    return np.array(codes)


def softmax(logits, temperature=1.0):
    """exp(z / T) over its sum."""
    weights = [math.exp(z / temperature) for z in logits]
    return [w / sum(weights) for w in weights]


def loss(w, b, neighbors, teacher_logits, temperature, l2):
    """The mean cross-entropy of soft labels, times T squared, plus the penalty."""
    total = 0.0
    for x, z in zip(neighbors, teacher_logits, strict=True):
        labels = softmax(z, temperature)
        scores = [sum(w[c][i] * x[i] for i in range(len(x))) + b[c] for c in range(len(labels))]
        ours = softmax(scores, temperature)
        total -= sum(p * math.log(q) for p, q in zip(labels, ours, strict=True))
    penalty = 0.5 * l2 * sum(v * v for row in w for v in row)
    return temperature**2 * total / len(neighbors) + penalty


def train_by_gradient_descent(
    neighbors, teacher_logits, w, b, temperature, learning_rate, batch_size, epochs, orders
):
    """Mini-batch gradient descent with the analytic gradient T (q - p) x of each sample.

    ``orders`` are the epochs' orders of the neighbours; the step is the learning rate over the mean
    squared norm of a neighbour with its feature of ones.
    """
    norm = np.mean([sum(v * v for v in x) + 1 for x in neighbors])
    w, b = np.array(w, float), np.array(b, float)
    for order in orders[:epochs]:
        for start in range(0, len(neighbors), batch_size):
            batch = order[start : start + batch_size]
            dw, db = np.zeros_like(w), np.zeros_like(b)
            for i in batch:
                p = np.array(softmax(teacher_logits[i], temperature))
                q = np.array(softmax(w @ neighbors[i] + b, temperature))
                dw += temperature * np.outer(q - p, neighbors[i]) / len(batch)
                db += temperature * (q - p) / len(batch)
            w -= learning_rate / norm * dw
            b -= learning_rate / norm * db
    return w, b


def total_variation(p, q):
    """Half the L1 distance."""
    return 0.5 * sum(abs(a - c) for a, c in zip(p, q, strict=True))


def kl(p, q):
    """Sum of p log(p / q)."""
    return sum(a * math.log(a / c) for a, c in zip(p, q, strict=True) if a > 0)


def log_odds(logits, c):
    """log p_c / (1 - p_c), in the numbers as they come."""
    p = softmax(logits)[c]
    return math.log(p / (1 - p))


def weighted_ridge(x, y, share, l2):
    """Normal equations of sum_i s_i (y_i - w x_i - b)^2 + l2 V |w|^2, V the total variance."""
    share = np.array(share) / np.sum(share)
    mean_x = sum(s * row for s, row in zip(share, x, strict=True))
    mean_y = sum(s * row for s, row in zip(share, y, strict=True))
    d = x.shape[1]
    a, c = np.zeros((d, d)), np.zeros((d, y.shape[1]))
    for s, row, target in zip(share, x, y, strict=True):
        a += s * np.outer(row - mean_x, row - mean_x)
        c += s * np.outer(row - mean_x, target - mean_y)
    w = np.linalg.inv(a + l2 * np.trace(a) * np.eye(d)) @ c
    return w, mean_y - mean_x @ w
