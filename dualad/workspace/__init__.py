"""Memory of records, kept between calls."""
