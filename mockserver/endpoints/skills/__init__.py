"""Skills: folders of instructions that are uploaded, kept in versions, and named in the container of a request."""
