"""What each operator of an exported graph does to channels.

``torch.export`` writes a network as a list of aten operators. For the channel graph they fall into
few kinds: *mixing* ones make new channels out of old ones (convolution, linear layer), *sums* add
channel to channel, *concatenations* stack them, *movements* put the same numbers elsewhere
(flatten, permute, split, channel shuffle), and everything else that is listed here works on each
channel alone. An operator that is not listed is not guessed at: what comes after it has no known
origin, and the channel graph says so.
"""

import torch
from torch import fx

CONVOLUTIONS = {"conv1d", "conv2d", "conv3d"}
MIXING = CONVOLUTIONS | {"linear"}
SUMS = {"add", "add_", "sub", "sub_"}

ACTIVATIONS = {
    "relu", "relu_", "relu6", "relu6_", "leaky_relu", "leaky_relu_", "elu", "elu_", "selu",
    "celu", "gelu", "silu", "silu_", "mish", "hardtanh", "hardtanh_", "hardswish", "hardswish_",
    "hardsigmoid", "sigmoid", "tanh", "softplus", "prelu", "clamp", "clamp_", "clamp_min", "abs",
}  # fmt: skip
NORMS = {"batch_norm", "group_norm", "layer_norm", "instance_norm", "rms_norm"}
NEUTRAL = {
    "dropout", "dropout_", "feature_dropout", "alpha_dropout", "clone", "contiguous", "to",
    "_to_copy", "alias", "detach", "detach_", "lift_fresh_copy", "type_as",
}  # fmt: skip
BROADCAST = {"mul", "mul_", "div", "div_", "pow", "sqrt", "exp", "neg", "softmax", "log_softmax"}
POOLS = {
    "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "max_pool2d_with_indices", "lp_pool2d",
    "upsample_nearest2d", "upsample_bilinear2d",
}  # fmt: skip
REDUCTIONS = {"mean", "amax", "sum", "amin"}
MOVEMENTS = {
    "flatten", "view", "reshape", "_unsafe_view", "unflatten", "squeeze", "squeeze_", "unsqueeze",
    "unsqueeze_", "permute", "transpose", "slice", "select", "narrow", "split", "chunk",
    "split_with_sizes", "index_select", "pixel_unshuffle", "pixel_shuffle", "channel_shuffle",
    "flip", "roll", "expand", "movedim",
}  # fmt: skip
SETTLING = ACTIVATIONS | NORMS | NEUTRAL


def operator(node: fx.Node) -> str:
    """Return an operator's short name (``conv2d``), or what kind of node it is otherwise."""
    if node.op != "call_function":
        return node.op
    schema = getattr(node.target, "_schema", None)
    if schema is not None:
        return schema.name.split("::")[-1]
    return getattr(node.target, "__name__", str(node.target))


def argument(node: fx.Node, name: str) -> object:
    """Return the value that an aten call has for a parameter of its schema, default included."""
    for position, parameter in enumerate(node.target._schema.arguments):  # type: ignore[union-attr]
        if parameter.name == name:
            if name in node.kwargs:
                return node.kwargs[name]
            if position < len(node.args):
                return node.args[position]
            return parameter.default_value
    raise KeyError(name)


def module_path(node: fx.Node) -> tuple[str, ...]:
    """Return the paths of the modules in which the call stands, outermost first, without ""."""
    stack = (node.meta.get("nn_module_stack") or {}).values()
    return tuple(path for path, _ in stack if path)


def is_data(node: fx.Node) -> bool:
    """Tell whether a node's value is a floating tensor, and not a shape or an index."""
    value = node.meta.get("val")
    if isinstance(value, tuple | list):
        return any(isinstance(part, torch.Tensor) and part.is_floating_point() for part in value)
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def data_inputs(node: fx.Node) -> list[fx.Node]:
    """Return the calls and inputs whose tensors a node reads (parameters are left out)."""
    return [other for other in node.all_input_nodes if other.op != "get_attr" and is_data(other)]
