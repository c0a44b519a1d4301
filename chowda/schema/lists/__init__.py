"""The lists of the API, a noun each: filter, sorts, and how its rows are shown."""
