"""Folders: files of splits, a folder for each class, saved data sets, repositories, caches."""
