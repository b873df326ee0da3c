"""The parts of the DeepVisualInsight page: what the URL asks of it, its map, its panels."""
