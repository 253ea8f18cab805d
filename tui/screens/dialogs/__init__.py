"""Dialogs: questions, settings to change, files and models to choose."""
