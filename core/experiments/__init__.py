"""Experiments: several models, with several seeds each, trained one after another on the same split."""
