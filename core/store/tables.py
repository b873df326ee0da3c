"""Every table and every array of the store, declared once.

The writer refuses what differs from these declarations, the reader builds its views from them,
and `core.store.dictionary` prints them. Tables are long, not wide. A change of meaning, type or
key raises `SCHEMA_VERSION`, which is part of every artifact's key. DeepVID's are in
`core.store.tables_deepvid`, the saliency methods' in `core.store.tables_saliency`.
"""

from core.store.declaration import (
    BOUNDARY,
    CHANNEL,
    CHANNEL_IN,
    CHANNEL_OUT,
    CLASS,
    EPOCH,
    LAYER,
    METHOD,
    PICTURE,
    RANK,
    SAMPLE,
    UPPER,
    Array,
    Column,
    Table,
    share_of,
)
from core.store.tables_deepvid import DEEPVID_ARRAYS, DEEPVID_TABLES
from core.store.tables_saliency import SALIENCY_ARRAYS, SALIENCY_TABLES

__all__ = ["ARRAYS", "SCHEMA_VERSION", "TABLES", "Array", "Column", "Table"]

SCHEMA_VERSION = 1

_TABLES = (
    Table(
        "classes",
        "the classes of the study, in the order of the teacher's outputs",
        ("class",),
        (
            Column("class", "int32", "number of the class", low=0),
            Column("name", "string", "name of the class, shown literally"),
            Column("present", "bool", "whether the data holds images of it"),
        ),
    ),
    Table(
        "samples",
        "the shown samples; row `sample_id` of every array belongs to them",
        ("sample_id",),
        (
            SAMPLE,
            Column("split", "string", "split the sample belongs to", choices=("train", "test")),
            Column("split_id", "int32", "row of the sample in its split's source", low=0),
            Column("label", "int32", "true class", low=0),
            Column(
                "original_label",
                "int32",
                "true class before labels were flipped on purpose; equal to label where nothing"
                " was",
                low=0,
            ),
        ),
    ),
    Table(
        "about",
        "what readers should know of the data set, in words",
        ("topic", "number"),
        (
            Column(
                "topic",
                "string",
                "what the words are about: a `note` belongs beside every figure",
                choices=("title", "source", "licence", "limit", "note"),
            ),
            Column("number", "int32", "place among the texts of the topic", low=0),
            Column("text", "string", "the words, shown literally"),
        ),
    ),
    Table(
        "thumbnail",
        "a small picture of every shown sample",
        ("sample_id",),
        (SAMPLE, Column("png", "binary", "picture as a PNG file")),
    ),
    Table(
        "training",
        "how the teacher's training went",
        ("epoch",),
        (
            EPOCH,
            Column("step", "int64", "optimizer steps taken so far", low=0),
            Column("learning_rate", "float64", "learning rate at the end of the epoch", low=0),
            Column("train_loss", "float64", "mean loss over the training images", "nats"),
            share_of("train_accuracy", "share of the training images classified right", "float64"),
        ),
    ),
    Table(
        "labelled",
        "which training images entered in which round of active learning",
        ("strategy", "split_id"),
        (
            Column(
                "strategy",
                "string",
                "how the images were chosen",
                choices=("random", "core_set", "learning_loss", "entropy"),
            ),
            Column("split_id", "int32", "row of the image in the training split's source", low=0),
            Column("round", "int32", "the round it entered, from 1: the first model's", low=1),
        ),
    ),
    Table(
        "prediction",
        "what the teacher says about every shown sample at every checkpoint",
        ("epoch", "sample_id"),
        (
            EPOCH,
            SAMPLE,
            Column("predicted", "int32", "class with the largest probability", low=0),
            share_of("confidence", "largest probability"),
            share_of("true_probability", "probability of the true class"),
            Column("entropy", "float32", "entropy of the probabilities", "nats", low=0),
        ),
    ),
    Table(
        "capability",
        "what the teacher can do, and so which lenses are offered",
        ("epoch", "capability"),
        (
            EPOCH,
            Column("capability", "string", "what a lens may need"),
            Column("present", "bool", "whether the teacher has it"),
        ),
    ),
    Table(
        "embedding",
        "places of the shown samples in the plane, by projection",
        ("method", "epoch", "sample_id"),
        (
            Column(
                "method",
                "string",
                "projection: `tsne`, `umap`, `pca` of the representation; `_logits` and"
                " `_probabilities` at the end name another input; `dvi`: DeepVisualInsight, at"
                " every checkpoint; `darksight`: points fitted together with a student",
            ),
            EPOCH,
            SAMPLE,
            Column("x", "float32", "place from left to right"),
            Column("y", "float32", "place from bottom to top"),
        ),
    ),
    Table(
        "unavailable",
        "lenses that the study cannot have, and why; a lens without a row here can be had",
        ("lens", "stage", "epoch"),
        (
            Column("lens", "string", "lens that is missing"),
            Column("stage", "string", "stage that made nothing for it"),
            Column("epoch", "float64", "checkpoint; null where it has none", low=0, nullable=True),
            Column("reason", "string", "one sentence, to be shown as it is"),
        ),
    ),
    Table(
        "boundary_search",
        "how boundary points were looked for, by pair of predicted classes that was tried",
        ("epoch", "class_a", "class_b"),
        (
            EPOCH,
            Column("class_a", "int32", "one predicted class", low=0),
            Column("class_b", "int32", "the other, larger number", low=0),
            Column("tried", "int32", "pairs of images mixed", low=1),
            Column("found", "int32", "mixtures that became boundary points", low=0),
        ),
    ),
    Table(
        "boundary_point",
        "mixtures of two training images that the teacher can hardly decide between",
        ("epoch", "boundary_id"),
        (
            EPOCH,
            BOUNDARY,
            Column("first", "int32", "sample_id of the image with the smaller share", low=0),
            Column("second", "int32", "sample_id of the other image", low=0),
            share_of("share", "share of the first image in the mixture"),
            Column("predicted", "int32", "class with the largest logit", low=0),
            Column("runner_up", "int32", "class with the next largest logit", low=0),
            share_of("margin", "difference of the two, logits rescaled to 0..1"),
        ),
    ),
    Table(
        "dvi_boundary",
        "places of the boundary points in the pictures of DeepVisualInsight",
        ("epoch", "boundary_id"),
        (
            EPOCH,
            BOUNDARY,
            Column("x", "float32", "place from left to right"),
            Column("y", "float32", "place from bottom to top"),
        ),
    ),
    Table(
        "landscape",
        "what the teacher's head says of every cell of the plane, inverse-projected",
        ("epoch", "row", "column"),
        (
            EPOCH,
            Column("row", "int32", "row of cells, 0 at the top (largest y)", low=0),
            Column("column", "int32", "column of cells, 0 at the left", low=0),
            Column("class", "int32", "class with the largest probability", low=0),
            share_of("confidence", "that probability"),
        ),
    ),
    Table(
        "landscape_extent",
        "edges of the landscape in data coordinates, the same at every epoch",
        ("left",),
        (
            Column("left", "float64", "smallest x"),
            Column("right", "float64", "largest x"),
            Column("bottom", "float64", "smallest y"),
            Column("top", "float64", "largest y"),
            Column("rows", "int32", "rows of cells", low=1),
            Column("columns", "int32", "columns of cells", low=1),
        ),
    ),
    Table(
        "event",
        "what happened to a sample between a checkpoint and the one before it",
        ("kind", "epoch", "sample_id"),
        (
            Column(
                "kind",
                "string",
                "`flip` of the predicted class, `jump` of confidence by half or more, `move`: one"
                " of the longest steps in the picture",
                choices=("flip", "jump", "move"),
            ),
            EPOCH,
            SAMPLE,
            Column(
                "size",
                "float32",
                "1 for a flip, signed change of confidence for a jump, length of a move as a"
                " share of the picture's diagonal",
            ),
        ),
    ),
    Table(
        "learning",
        "when each sample was learned: right means predicted as its label",
        ("sample_id",),
        (
            SAMPLE,
            Column("right_epochs", "int32", "checkpoints at which it is right; 0: never", low=0),
            Column("lost", "int32", "times it was right and then wrong", low=0),
            Column(
                "learned_at",
                "float64",
                "checkpoint from which it stays right to the end; null where it ends wrong",
                low=0,
                nullable=True,
            ),
        ),
    ),
    Table(
        "epoch_change",
        "what changed between a checkpoint and the one before it, by split",
        ("split", "epoch"),
        (
            Column("split", "string", "samples that were asked", choices=("train", "test")),
            EPOCH,
            Column("accuracy", "float64", "share predicted right", "share", low=0, high=1),
            Column("accuracy_change", "float64", "change of it", "share", low=-1, high=1),
            Column("flips", "int32", "samples whose predicted class changed", low=0),
            Column(
                "mean_step",
                "float64",
                "mean length of a step in the picture as a share of its diagonal",
                low=0,
            ),
        ),
    ),
    Table(
        "noise_score",
        "how suspicious the label of each training sample is",
        ("method", "sample_id"),
        (
            Column(
                "method",
                "string",
                "`dvi`: mean of `dvi_reluctance` (probability withheld from the label, over the"
                " checkpoints) and `dvi_foreignness` (share of neighbours in the pictures with"
                " another label), each 0 to 1; `last_loss`: loss at the last checkpoint in nats",
            ),
            SAMPLE,
            Column("score", "float32", "higher is more suspicious", low=0),
            Column("rank", "int32", "place by score, 1 is the most suspicious", low=1),
            Column(
                "precision",
                "float64",
                "share of flipped labels among the samples up to this score; null where no label"
                " was flipped on purpose",
                "share",
                low=0,
                high=1,
                nullable=True,
            ),
            Column(
                "recall",
                "float64",
                "share of the flipped labels that are among them; null likewise",
                "share",
                low=0,
                high=1,
                nullable=True,
            ),
        ),
    ),
    Table(
        "darksight_sample",
        "how well DarkSight's picture tells each sample's probabilities, and how dense it is there",
        ("epoch", "sample_id"),
        (
            EPOCH,
            SAMPLE,
            Column(
                "symmetric_kl",
                "float32",
                "symmetric KL divergence of teacher and student (equation 6); large where the"
                " picture misplaces the sample",
                "nats",
                low=0,
            ),
            Column(
                "log_density",
                "float32",
                "logarithm of the kernel density of all points at the sample's place",
                "log of 1 per squared unit of the picture",
            ),
            share_of("confidence", "density as a share of the greatest one"),
        ),
    ),
    Table(
        "darksight_loss",
        "how DarkSight's fit went, step by step",
        ("epoch", "step"),
        (
            EPOCH,
            Column(
                "step", "int32", "joint steps of points and student taken; 0 is the start", low=0
            ),
            Column(
                "symmetric_kl",
                "float64",
                "mean over the step's samples, before top classes are kept (equation 5)",
                "nats",
                low=0,
            ),
            Column(
                "objective",
                "float64",
                "what is minimised and what the stopping rule watches: that mean and two springs",
                "nats",
                low=0,
            ),
            Column("samples", "int64", "samples that the step saw: all, or a batch", low=1),
        ),
    ),
    Table(
        "darksight_fit",
        "how DarkSight's picture was made: all that placing a new sample needs beside the weights"
        " `student`",
        ("epoch",),
        (
            EPOCH,
            Column(
                "stopped",
                "string",
                "rule that ended the fit",
                choices=("converged", "no step helps", "steps used up"),
            ),
            Column("steps", "int32", "joint steps taken", low=0),
            Column("arrangement", "string", "starting places of the classes that were best"),
            Column(
                "distribution",
                "string",
                "the student's conditionals",
                choices=("student_t", "gaussian"),
            ),
            Column(
                "degrees",
                "float64",
                "degrees of freedom of a Student-t; null for a Gaussian",
                low=0,
                nullable=True,
            ),
            Column("temperature", "float64", "the teacher's, p^(1/T); 1 leaves it as it is", low=0),
            Column(
                "floor", "float64", "probabilities below it count as equal to it", low=0, high=1
            ),
            Column("roundness", "float64", "spring that keeps classes round", "nats", low=0),
            Column("pull", "float64", "spring that draws points to the middle", "nats", low=0),
            Column("keep_top_class", "bool", "whether each sample stays in its class's region"),
            Column(
                "bandwidth",
                "float64",
                "standard deviation of the density's kernel, by cross-validation",
                "units of the picture",
                low=0,
            ),
            Column(
                "greatest_log_density",
                "float64",
                "logarithm of the density whose confidence is 1",
                "log of 1 per squared unit of the picture",
            ),
        ),
    ),
    Table(
        "accuracy_data",
        "what remains right when the least confident predictions are rejected (figure 8)",
        ("method", "epoch", "split", "share"),
        (
            Column(
                "method",
                "string",
                "confidence that orders the samples: `_kde` (kernel density) or `_gmm` (Gaussian"
                " mixture) of the embedding named before it, `probabilities_kde`,"
                " `probabilities_dirichlet` (densities of the probabilities themselves), `entropy`"
                " (minus the predictive entropy), `max_probability`",
            ),
            EPOCH,
            Column(
                "split", "string", "samples it was measured on", choices=("train", "test", "all")
            ),
            share_of("share", "share of the samples kept, the most confident ones", "float64"),
            share_of("accuracy", "share of those kept that are right", "float64"),
        ),
    ),
    Table(
        "local_fidelity",
        "how far the nearest samples of an embedding are in what is predicted (equation 10)",
        ("method", "epoch", "split", "k"),
        (
            Column(
                "method",
                "string",
                "embedding, judged by the teacher's probabilities; `darksight_student` is DarkSight"
                " judged by its own student's, as the paper reads",
            ),
            EPOCH,
            Column(
                "split", "string", "samples it was measured on", choices=("train", "test", "all")
            ),
            Column("k", "int32", "nearest samples taken", low=1),
            share_of(
                "value",
                "mean Jensen-Shannon distance (square root of bits) to these; lower is better",
                "float64",
            ),
        ),
    ),
    Table(
        "summit_layer",
        "the primary layers of Summit, from the image up",
        ("layer",),
        (
            LAYER,
            Column("name", "string", "name of the layer in the teacher"),
            Column("channels", "int32", "number of its channels", low=1),
            Column(
                "parent", "int32", "layer that feeds it: the one below; -1 is the image", low=-1
            ),
            Column(
                "inner",
                "string",
                "operators between it and the layer below that were merged, with commas; may be"
                " empty",
            ),
            Column(
                "share",
                "float64",
                "share of an image's summed maxima that is kept (k_M2); null where not published",
                "share",
                low=0,
                high=1,
                nullable=True,
            ),
            Column(
                "kept",
                "float64",
                "mean number of channels that an image kept; null where not published",
                "channels",
                low=0,
                nullable=True,
            ),
            Column(
                "forced",
                "float64",
                "share of images for which that share alone kept too few, so that the strongest"
                " channels were taken anyway; null where not published",
                "share",
                low=0,
                high=1,
                nullable=True,
            ),
        ),
    ),
    Table(
        "summit_class",
        "the classes that Summit aggregated",
        ("class",),
        (
            CLASS,
            Column("place", "int32", "its place along the class axes of Summit's arrays", low=0),
            Column(
                "images",
                "float64",
                "images aggregated; null where not published",
                "images",
                low=0,
                nullable=True,
            ),
        ),
    ),
    Table(
        "summit_image",
        "the images that Summit aggregated; row `image` of the array `maxima` belongs to them",
        ("image",),
        (
            Column("image", "int32", "number of the image, in the order of aggregation", low=0),
            Column("split", "string", "split of the image", choices=("train", "test")),
            Column("split_id", "int32", "row of the image in its split's source", low=0),
            Column("class", "int32", "its true class, under which it was counted", low=0),
        ),
    ),
    Table(
        "summit_note",
        "what readers of a part of Summit must know: how it was made, or why it is missing",
        ("part",),
        (
            Column(
                "part",
                "string",
                "what the words are about",
                choices=(
                    "images",
                    "layers",
                    "graph",
                    "influence",
                    "similarity",
                    "embedding",
                    "flags",
                    "accuracy",
                    "histogram",
                    "patches",
                    "pictures",
                    "variants",
                    "early",
                    "masking",
                    "path",
                ),
            ),
            Column("missing", "bool", "whether the part is missing altogether"),
            Column("text", "string", "one or two sentences, to be shown as they are"),
        ),
    ),
    Table(
        "activation",
        "A: how many of a class's images chose a channel; counts of zero are left out",
        ("layer", "channel", "class"),
        (
            LAYER,
            CHANNEL,
            CLASS,
            Column("count", "int32", "images of the class that chose the channel", "images", low=1),
        ),
    ),
    Table(
        "influence",
        "I: for how many of a class's images a channel was among those that drive another most;"
        " inner layers are merged by the strongest path",
        ("layer", "channel_in", "channel_out", "class"),
        (
            UPPER,
            CHANNEL_IN,
            CHANNEL_OUT,
            CLASS,
            Column("count", "int32", "images of the class", "images", low=1),
        ),
    ),
    Table(
        "graph_vertex",
        "channels of each class's attribution graph",
        ("class", "layer", "channel"),
        (
            CLASS,
            LAYER,
            CHANNEL,
            Column("count", "int32", "images of the class that chose the channel", "images", low=0),
            Column(
                "pagerank",
                "float64",
                "personalised PageRank; all channels of all layers sum to 1",
                low=0,
            ),
        ),
    ),
    Table(
        "graph_edge",
        "influences between channels of each class's attribution graph",
        ("class", "layer", "channel_in", "channel_out"),
        (
            CLASS,
            UPPER,
            CHANNEL_IN,
            CHANNEL_OUT,
            Column("influence", "int32", "images of the class, as in `influence`", "images", low=1),
        ),
    ),
    Table(
        "graph_rank",
        "how well the PageRank of each class's graph was solved",
        ("class",),
        (
            CLASS,
            Column("residual", "float64", "L1 norm of what the equation leaves over", low=0),
            Column("steps", "int32", "steps taken", low=0),
        ),
    ),
    Table(
        "class_embedding",
        "places of the classes in the plane by the channels that they use, layer by layer",
        ("layer", "class"),
        (
            LAYER,
            CLASS,
            Column("x", "float32", "place from left to right"),
            Column("y", "float32", "place from bottom to top"),
        ),
    ),
    Table(
        "class_change",
        "how much the neighbourhood of a class changes from the layer below",
        ("layer", "class"),
        (
            UPPER,
            CLASS,
            share_of("change", "share of its five most similar classes that are others", "float64"),
        ),
    ),
    Table(
        "channel_flag",
        "how often a channel is counted, and whether that says anything about the class",
        ("layer", "channel"),
        (
            LAYER,
            CHANNEL,
            share_of("rate", "share of all images that chose it", "float64"),
            share_of("reach", "share of classes in which half that rate or more did", "float64"),
            share_of("information", "share of the class's entropy that the count tells", "float64"),
            Column(
                "frame",
                "float64",
                "share of the images that excite it whose largest value lies at the border only;"
                " null where the layer has no map",
                "share",
                low=0,
                high=1,
                nullable=True,
            ),
            Column("hub", "bool", "whether it serves nearly every class at nearly the same rate"),
            Column("non_semantic", "bool", "whether it responds to the frame of the image"),
        ),
    ),
    Table(
        "motif",
        "the most frequent pairs of neighbouring edges over all classes' graphs",
        ("motif", "part"),
        (
            Column("motif", "int32", "number of the motif, 0 is the most frequent", low=0),
            Column("part", "int32", "which of its two edges", low=0, high=1),
            UPPER,
            CHANNEL_IN,
            CHANNEL_OUT,
        ),
    ),
    Table(
        "motif_class",
        "the classes whose graphs contain a motif",
        ("motif", "class"),
        (Column("motif", "int32", "number of the motif", low=0), CLASS),
    ),
    Table(
        "early_decision",
        "how well a linear classifier on a layer's top channels decides",
        ("layer", "class"),
        (
            LAYER,
            CLASS,
            Column(
                "accuracy",
                "float64",
                "share of its test images decided right; null without any",
                "share",
                low=0,
                high=1,
                nullable=True,
            ),
            Column("n", "int64", "test images of the class", "images", low=0),
            Column("channels", "int32", "channels that the classifier looked at", low=0),
        ),
    ),
    Table(
        "masking",
        "how far the true class's probability falls when a class's channels are set to zero",
        ("method", "class"),
        (
            Column(
                "method",
                "string",
                "how the channels were chosen, equally many in each layer: `summit` (the class's"
                " graph; another preset's name stands behind), `activation`, `relevance`,"
                " `least` (least contributing), `random`",
            ),
            CLASS,
            Column(
                "drop",
                "float64",
                "mean fall on the class's own test images",
                "probability",
                low=-1,
                high=1,
                nullable=True,
            ),
            Column(
                "others",
                "float64",
                "mean fall on test images of the other classes",
                "probability",
                low=-1,
                high=1,
                nullable=True,
            ),
            Column("channels", "float64", "channels set to zero in a layer, on average", low=0),
            Column("n", "int64", "test images of the class", "images", low=0),
        ),
    ),
    Table(
        "patch",
        "the places in shown images that excite a channel most, one for each image",
        ("layer", "channel", "rank"),
        (
            LAYER,
            CHANNEL,
            RANK,
            Column("value", "float32", "the channel's largest value there", low=0),
            Column("class", "int32", "true class of the image", low=0),
            Column("sample_id", "int32", "number of the sample", low=0),
            Column("top", "int32", "first row of pixels that the channel sees", low=0),
            Column("left", "int32", "first column", low=0),
            Column("bottom", "int32", "row after the last", low=1),
            Column("right", "int32", "column after the last", low=1),
        ),
    ),
    Table(
        "patch_picture",
        "pictures of the patches of every channel that is in a graph, at most 96 pixels on a side",
        ("layer", "channel", "rank"),
        (LAYER, CHANNEL, RANK, PICTURE),
    ),
    Table(
        "feature_visualization",
        "pictures that a channel responds to, of every channel that is in a graph",
        ("layer", "channel", "variant"),
        (
            LAYER,
            CHANNEL,
            Column("variant", "int32", "number of the variant, 0 is the first to be shown", low=0),
            PICTURE,
        ),
    ),
    Table(
        "figure",
        "how good the teacher and each view are, in numbers",
        ("view", "metric", "method", "split", "epoch"),
        (
            Column("view", "string", "view or lens that the figure judges"),
            Column(
                "metric",
                "string",
                "what was measured; `accuracy_data_gain` is by how much the accuracy-data area of"
                " `darksight_kde` exceeds the method's on the same samples",
            ),
            METHOD,
            Column(
                "split", "string", "samples it was measured on", choices=("train", "test", "all")
            ),
            Column("epoch", "float64", "checkpoint; null where it has none", low=0, nullable=True),
            Column("value", "float64", "the figure; null where undefined", nullable=True),
            Column("low", "float64", "lower end of the 95 % interval", nullable=True),
            Column("high", "float64", "upper end of the 95 % interval", nullable=True),
            Column("n", "int64", "number of samples or pairs behind the value", low=0),
            Column("unit", "string", "unit of value, low and high; may be empty"),
            Column(
                "better",
                "string",
                "direction of improvement; empty where there is none",
                choices=("higher", "lower", ""),
            ),
        ),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table for table in (*_TABLES, *DEEPVID_TABLES, *SALIENCY_TABLES)
}

_ARRAYS = (
    Array(
        "dataset",
        "images",
        "uint8",
        "sample height width channel",
        "the shown images, 0 is black and 255 is white",
    ),
    Array(
        "predictions",
        "logits",
        "float32",
        "sample class",
        "outputs of the teacher before the softmax",
    ),
    Array("predictions", "probabilities", "float32", "sample class", "softmax of the logits"),
    Array(
        "predictions",
        "representation",
        "float32",
        "sample representation",
        "vector that enters the teacher's last linear layer",
    ),
    Array(
        "boundary",
        "representation",
        "float32",
        "point representation",
        "representations of the boundary points; the row number is boundary_id",
    ),
    Array(
        "dvi",
        "neighbors",
        "int32",
        "sample neighbor",
        "nearest training samples of each training sample by representation, nearest first",
    ),
    Array(
        "dvi_landscape",
        "positions",
        "float32",
        "epoch sample 2",
        "places x and y at every checkpoint, for playing; one epoch after the other",
    ),
    Array(
        "dvi_landscape",
        "class",
        "uint16",
        "epoch row column",
        "class of every cell of the landscape; one epoch after the other",
    ),
    Array(
        "dvi_landscape",
        "confidence",
        "uint8",
        "epoch row column",
        "probability of that class in 255ths",
    ),
    Array(
        "dvi_landscape",
        "margin",
        "uint8",
        "epoch row column",
        "difference of the two largest logits, rescaled to 0..1 (definition 2), in 255ths",
    ),
    Array(
        "adversarial",
        "image",
        "uint8",
        "attacked height width channel",
        "training images attacked at the last checkpoint as in the teacher's training",
    ),
    Array(
        "adversarial",
        "source",
        "int32",
        "attacked",
        "the sample that each attacked image was made from: a sample_id",
    ),
    Array(
        "adversarial",
        "positions",
        "float32",
        "epoch attacked 2",
        "places x and y that each checkpoint's picture gives to the attacked images",
    ),
    Array(
        "adversarial",
        "predicted",
        "uint16",
        "epoch attacked",
        "class that each checkpoint predicts for the attacked images",
    ),
    Array(
        "adversarial",
        "nearest",
        "int32",
        "epoch sample neighbor",
        "attacked images of another label nearest to each sample by representation, nearest first;"
        " rows of image",
    ),
    Array(
        "summit",
        "fired",
        "uint8",
        "sample byte",
        "which channels each shown sample chose, all layers one after the other, eight to a byte"
        " (numpy.packbits)",
    ),
    Array(
        "summit",
        "maxima",
        "float32",
        "image channel",
        "largest value of every channel, all layers one after the other, for the images that were"
        " aggregated",
    ),
    Array(
        "summit_graphs",
        "similarity",
        "float32",
        "layer class class",
        "cosine between the classes' rows of A; places as in summit_class",
    ),
)

ARRAYS: dict[tuple[str, str], Array] = {
    (array.stage, array.name): array for array in (*_ARRAYS, *DEEPVID_ARRAYS, *SALIENCY_ARRAYS)
}
