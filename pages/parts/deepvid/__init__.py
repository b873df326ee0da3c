"""The parts of DeepVID's page."""
