"""What the paths of the API do, one module an endpoint."""
