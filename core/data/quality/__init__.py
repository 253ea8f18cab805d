"""Data quality: findings about data that can be used as it is. One function per check."""
