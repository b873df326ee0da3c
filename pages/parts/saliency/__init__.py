"""The parts of the Saliency page."""
