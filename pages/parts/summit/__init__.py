"""The parts of the Summit page."""
