"""Kaggle's API and the storage behind its downloads, simulated."""
