"""Measures the package on made-up exports of any size."""
