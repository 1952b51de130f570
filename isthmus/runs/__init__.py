"""The main job: from data to a folder with codes, a model and a report."""
