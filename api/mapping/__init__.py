"""Between the shapes of HTTP and the values of data."""
