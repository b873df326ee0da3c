"""Equations 2, 6 and 7 of re-label distillation, one neighbour at a time."""

import math


def relabel(logits, prediction):
    """Equation 6."""
    labels = []
    for row in logits:
        best = 0
        for k in range(len(row)):
            if row[k] > row[best]:
                best = k
        labels.append(1 if best == prediction else 0)
    return labels


def student_probabilities(row_one, row_zero, bias_one, bias_zero, x):
    """P_S of one neighbour: the softmax of the two-class student, the same class first."""
    one = sum(w * value for w, value in zip(row_one, x, strict=True)) + bias_one
    zero = sum(w * value for w, value in zip(row_zero, x, strict=True)) + bias_zero
    top = max(one, zero)
    e_one, e_zero = math.exp(one - top), math.exp(zero - top)
    return e_one / (e_one + e_zero), e_zero / (e_one + e_zero)


def equation_7(students, teachers, labels, soft, hard):
    """Mean over the neighbours; students and teachers are pairs of probabilities."""
    total = 0.0
    for (s_one, s_zero), (p_one, p_zero), label in zip(students, teachers, labels, strict=True):
        l2 = math.sqrt((s_one - p_one) ** 2 + (s_zero - p_zero) ** 2)
        l1 = abs(s_one - label)
        total += soft * l2 + hard * l1
    return total / len(labels)


def equation_2(students, teachers, labels, soft, hard):
    """The same with cross-entropies in nats."""
    total = 0.0
    for (s_one, s_zero), (p_one, p_zero), label in zip(students, teachers, labels, strict=True):
        soft_loss = -(p_one * math.log(s_one) + p_zero * math.log(s_zero))
        hard_loss = -math.log(s_one if label == 1 else s_zero)
        total += soft * soft_loss + hard * hard_loss
    return total / len(labels)
