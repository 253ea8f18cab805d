"""What is noticed about data that could be used as they are: one function a check, each with its rows."""
