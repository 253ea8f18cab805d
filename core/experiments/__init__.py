"""Experiments: several models, and several seeds of each, trained one after another on the same split."""
