"""What the saliency methods' own papers set, to stand beside our settings.

Only where a paper (or its authors' code, then it says so) gives numbers.
"""

ORIGINALS = {
    "relabel_paper": "1,000 neighbours, an autoencoder of 500 dimensions at 224 x 224, 0.7 soft and"
    " 0.3 hard; no scale of the noise",
    "relabel_cross_entropy": "equation 2, which the paper replaces by equation 7",
    "deepvid_paper": "512 neighbours within 15 % of each dimension's range, temperature 10, 10"
    " epochs",
    "integrated_gradients": "20 to 300 steps from black (Sundararajan et al., 2017)",
    "smooth_grad": "50 copies, noise of 10 to 20 % of the range (Smilkov et al., 2017)",
    "excitation_backprop": "alpha 1, beta 0 (Zhang et al., 2018)",
    "score_cam": "all channels of the last convolution (Wang et al., 2020)",
    "extremal_perturbation": "800 steps (the code of Fong et al., 2019)",
    "lime": "1,000 samples of superpixels (the code of Ribeiro et al., 2016)",
    "rise": "4,000 masks for VGG-16 and 8,000 for ResNet50, 7 x 7 cells, half of them kept"
    " (Petsiuk et al., 2018)",
}
