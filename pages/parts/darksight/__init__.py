"""The parts of the DarkSight page: what the URL asks of it, its picture, its panels."""
